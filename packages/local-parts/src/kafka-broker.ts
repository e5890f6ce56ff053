export interface SecuredListener {
  port: number;
  /** PEM file with the broker's private key (PKCS #8) and certificate. */
  certificate: string;
  /** Users of SASL SCRAM-SHA-512 and their passwords, letters and digits only. They may do what access control lists say. */
  users: Readonly<Record<string, string>>;
}

export interface KafkaOptions {
  /** Folder of the broker's data and settings; made when absent, gone on with when present. */
  dir: string;
  /** Default: a free one at the first start, the same one afterwards. */
  port?: number;
  /** File for the broker's log. Default: `kafka.log` in `dir`. */
  log?: string;
  /** A second way in, encrypted and with a login, where access control lists hold; the plain one is the administrator's. */
  secured?: SecuredListener;
  /** Further broker settings, such as `{ 'log.segment.bytes': '1048576' }`. */
  settings?: Readonly<Record<string, string>>;
}

export interface Kafka {
  readonly brokers: string[];
  readonly pid: number;
  readonly exited: Promise<unknown>;
  stop(): Promise<void>;
  /** SIGKILL, as a crash would. */
  kill(): void;
}
