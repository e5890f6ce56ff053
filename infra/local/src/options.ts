import path from 'node:path';

export type LogKind = 'kafka' | 'postgres';

export interface StartOptions {
  /** Folder of the installation's data, logs, keys and profile. */
  home: string;
  /** Port of the gateway. */
  port: number;
  /** Do not load the sample city. */
  empty: boolean;
  /** Forget the installation's data first. */
  reset: boolean;
  /** The event log that is insisted on; null: Kafka when it can be had. */
  log: LogKind | null;
  /** Servers that are given instead of started here. */
  databaseUrl: string | null;
  brokers: string[] | null;
  redisUrl: string | null;
}

export const USAGE = `npm start -- [--empty] [--reset] [--log kafka|postgres]

  --empty      do not load the sample city
  --reset      forget this installation's data first
  --log KIND   insist on one event log (otherwise Kafka when it can be had)

Environment: HEDUI_HOME (default .hedui in the checkout), HEDUI_PORT (default 8080),
DATABASE_URL, KAFKA_BROKERS, REDIS_URL (servers to use instead of starting them here).`;

/** The caller asked for something that does not exist. */
export class UsageError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>;

function portOf(env: Environment): number {
  const text = env.HEDUI_PORT || '8080';
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) throw new UsageError(`HEDUI_PORT is not a port: ${text}`);
  return port;
}

/**
 * What to start, from the command line and the environment.
 * @throws UsageError
 */
export function readOptions(argv: readonly string[], env: Environment, checkout: string): StartOptions {
  const options: StartOptions = {
    home: path.resolve(env.HEDUI_HOME || path.join(checkout, '.hedui')),
    port: portOf(env),
    empty: false,
    reset: false,
    log: null,
    databaseUrl: env.DATABASE_URL || null,
    brokers: env.KAFKA_BROKERS
      ? env.KAFKA_BROKERS.split(',')
          .map((broker) => broker.trim())
          .filter(Boolean)
      : null,
    redisUrl: env.REDIS_URL || null,
  };
  const words = argv.flatMap((word) => (word.startsWith('--log=') ? ['--log', word.slice('--log='.length)] : [word]));
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === '--empty') options.empty = true;
    else if (word === '--reset') options.reset = true;
    else if (word === '--log') {
      const kind = words[++i];
      if (kind !== 'kafka' && kind !== 'postgres') throw new UsageError('--log takes kafka or postgres');
      options.log = kind;
    } else throw new UsageError(`unknown option ${word}`);
  }
  return options;
}
