import type { Kafka, Postgres, Redis } from '@hedui/local-parts';
import type { Changed, Copy } from './copies.js';
import type { LogKind } from './launcher.js';
import type { Wire } from './wire.js';

/** Where and how a service is to fail: see shims/crash.mjs. */
export interface CrashPlan {
  /** Regular expression over the SQL of the statement. */
  statement: string;
  /** One over an earlier statement of the same transaction. */
  in?: string;
  at: 'before' | 'after';
  /** At the nth match (default the first). */
  count?: number;
  action: 'kill' | 'freeze' | 'hang' | 'fail';
  /** SQLSTATE of a failure. */
  code?: string;
  /** Length of a hang. */
  ms?: number;
}

export interface WorldOptions {
  log: LogKind;
  /** Further settings of the parts. */
  postgres?: Readonly<Record<string, string>>;
  kafka?: Readonly<Record<string, string>>;
  /** Further environment of the launcher, and so of the services. */
  env?: Readonly<Record<string, string>>;
  /** Folders of the parts' data, such as a small file system of their own. */
  postgresDir?: string;
  kafkaDir?: string;
}

/** A mesh as `npm start` runs it, over parts of its own behind wires, all of which can be made to fail. */
export interface World {
  readonly log: LogKind;
  readonly home: string;
  readonly url: string;
  readonly token: string;
  readonly parts: { postgres: Postgres; kafka: Kafka | null; redis: Redis | null };
  readonly wires: { postgres: Wire; kafka: Wire | null; redis: Wire | null };
  /** Address of a database past its wire, for whoever judges. */
  databaseUrl(name: string): string;
  /** Brokers past its wire. */
  brokers(): string[];
  /** Makes a service fail at a place in its work; resolves when it is noted. */
  plan(service: string, plan: CrashPlan): Promise<void>;
  /** Resolves when a planned failure has happened, with the process that it happened to. */
  happened(service: string, withinMs?: number): Promise<number>;
  /** Moves the clock of a service by so many milliseconds: it is restarted. 0: right again. */
  shiftClock(service: string, ms: number): Promise<void>;
  /** Resolves when the launcher has started a service anew after the process `old`, and it is ready. */
  restarted(service: string, old: number): Promise<void>;
  /** Port of a service, past the gateway. */
  portOf(service: string): number;
  pidOf(service: string): number;
  /** The same, null while the service is away. */
  findPid(service: string): number | null;
  /** SIGKILL to a service; the launcher starts it again. Returns its process id. */
  kill(service: string): number;
  signal(service: string, name: NodeJS.Signals): number;
  /** A further process of a service, beside the one that the launcher keeps. */
  startCopy(service: string, changed?: Changed): Promise<Copy>;
  restartPostgres(how: 'fast' | 'crash'): Promise<void>;
  /** `empty`: with nothing of what it held. */
  restartKafka(how: 'fast' | 'crash' | 'empty'): Promise<void>;
  restartRedis(): Promise<void>;
  hedui(...words: string[]): Promise<{ status: number; out: string; err: string }>;
  fetch(target: string, init?: RequestInit): Promise<Response>;
  /** How often a process was ended, a part restarted or a planned failure struck. */
  readonly kills: { count: number };
  /** Everything that the launcher printed. */
  readonly printed: readonly string[];
  remove(): Promise<void>;
}
