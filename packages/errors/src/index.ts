import type { InputError, ProblemCode } from '@hedui/contracts';

export interface HeduiErrorOptions {
  /** What happened here, in one sentence; never an identity number or a name. */
  detail?: string;
  /** For bad input: each place and rule. */
  errors?: readonly InputError[];
  /** True when the same call may succeed later without a change by the caller. */
  retriable?: boolean;
  cause?: unknown;
}

/**
 * The one error class of the mesh: a stable code, whether it can be retried, the cause. Branch on `code`.
 * Only `packages/http` turns it into a status (RFC 9457).
 */
export class HeduiError extends Error {
  readonly code: ProblemCode;
  readonly detail: string | undefined;
  readonly errors: readonly InputError[] | undefined;
  readonly retriable: boolean;

  constructor(code: ProblemCode, options: HeduiErrorOptions = {}) {
    super(options.detail ? `${code}: ${options.detail}` : code, { cause: options.cause });
    this.name = 'HeduiError';
    this.code = code;
    this.detail = options.detail;
    this.errors = options.errors;
    this.retriable = options.retriable ?? false;
  }
}

/** The HeduiError in `error` itself or in its causes, else null. */
export function heduiError(error: unknown): HeduiError | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at instanceof HeduiError) return at;
  }
  return null;
}

/** `error` as text for a log: its name, code and message, without stack. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return `${error.name}${code}: ${error.message}`;
}

/**
 * SQLSTATE classes of a database that cannot be reached or cannot keep what it is given: connection lost (08), too little of something, as of disk or
 * connections (53), shutting down or starting (57P0), an input/output error (58030), a standby that takes no writes (25006), a session
 * ended because it was silent (25P03).
 */
const NOT_NOW = /^(?:08|53|57P0|58030$|25006$|25P03$)/;
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** A file system of this process that is full or broken. */
const DISK = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);
const SAID =
  /Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered|after calling end on the pool/;

/** What a driver or Node put into `code`; empty when there is none. */
export function errorCode(error: unknown): string {
  // Not instanceof: errors of Node's own modules come from another realm where code runs in a sandbox.
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

/** True when a store cannot be reached or cannot keep what it is given: the same work may succeed later. */
export function isUnavailable(error: unknown): boolean {
  const code = errorCode(error);
  return (
    (/^[0-9A-Z]{5}$/.test(code) && NOT_NOW.test(code)) ||
    NETWORK.has(code) ||
    DISK.has(code) ||
    (error instanceof Error && SAID.test(error.message))
  );
}
