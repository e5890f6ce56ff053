/**
 * The code of an error of the system or of PostgreSQL (`ENOENT`, `42P04`), or null. Looks at the shape, not at the class:
 * in a test's own realm Node's errors are not instances of its Error.
 */
export function errorCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  const named = typeof error === 'object' && error !== null && 'message' in error;
  return named ? String(error.message) : String(error);
}

/** What a program that failed had printed, else the error's own message. */
export function outputOf(error: unknown, stream: 'stdout' | 'stderr'): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const printed = stream in error ? String(Reflect.get(error, stream)).trim() : '';
  return printed || messageOf(error);
}
