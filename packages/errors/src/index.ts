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
