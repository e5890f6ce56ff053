import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

/** Keys whose values are never written, wherever they stand in what is logged. */
const secret = [
  'token',
  'authorization',
  'password',
  'secret',
  'client_secret',
  'cookie',
  'connectionString',
  'url',
  'name',
  'idNumber',
  'id_number',
  'spouseName',
  'spouse_name',
  'plateNo',
  'plate_no',
  'accountNo',
  'account_no',
  'row',
  'rows',
  'cells',
  'body',
  'persons',
];
const paths = [
  ...secret,
  ...secret.map((k) => `*.${k}`),
  ...secret.map((k) => `*.*.${k}`),
  'req.headers.authorization',
];

/**
 * A structured logger, one JSON object a line, that names no person: fields that could are removed. Pass the
 * correlation id of the work as `correlationId` (a child logger), so that one household's path can be followed.
 */
export function createLogger(service: string, level = 'info', destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths, censor: '[removed]' },
    serializers: { err: safeError, error: safeError },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** A user and password within an address, wherever a driver wrote one into a message. */
const LOGIN_IN_ADDRESS = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]*@/gi;
/** A bearer token or a JWT. */
const TOKEN = /\bBearer\s+[\w.~+/=-]+|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g;

/** Text without what would let its reader in somewhere. */
export const withoutSecrets = (text: string): string =>
  text.replace(LOGIN_IN_ADDRESS, '$1[removed]@').replace(TOKEN, '[removed]');

/** Database drivers put row values into `detail` and `where`: only name, code, message and stack are kept. */
function safeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  return {
    type: error.name,
    ...('code' in error ? { code: error.code } : {}),
    message: withoutSecrets(error.message),
    stack: error.stack === undefined ? undefined : withoutSecrets(error.stack),
    ...(error.cause instanceof Error ? { cause: safeError(error.cause) } : {}),
  };
}
