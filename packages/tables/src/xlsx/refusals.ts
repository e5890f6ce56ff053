import { HeduiError } from '@hedui/errors';

/** FILE_UNREADABLE. `detail` never holds anything from the file, and no cause is kept: parsers quote what they read. */
export function unreadableFile(detail: string): HeduiError {
  return new HeduiError('FILE_UNREADABLE', { detail });
}

/** BODY_TOO_LARGE, for what would take more room or time than a workbook of people's records can need. */
export function tooLarge(detail: string): HeduiError {
  return new HeduiError('BODY_TOO_LARGE', { detail });
}

/** Errors of the system (disk full, too many files) are not the file's fault: STORAGE_UNAVAILABLE, retriable. */
export function storageFailure(error: unknown): HeduiError | null {
  if (typeof error !== 'object' || error === null || !('syscall' in error)) return null;
  return new HeduiError('STORAGE_UNAVAILABLE', { detail: 'the temporary file', retriable: true, cause: error });
}
