export interface KafkaOptions {
  /** Folder of the broker's data and settings; made when absent, gone on with when present. */
  dir: string;
  /** Default: a free one at the first start, the same one afterwards. */
  port?: number;
  /** File for the broker's log. Default: `kafka.log` in `dir`. */
  log?: string;
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
