import { HeduiError } from '@hedui/errors';

/** An opaque page cursor: any JSON value as base64url. It is no secret and no proof: check what comes back. */
export function encodeCursor(value: unknown): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}

/** The value of a cursor. Throws CURSOR_INVALID for text that `encodeCursor` did not make. */
export function decodeCursor(text: string): unknown {
  if (!/^[A-Za-z0-9_-]{1,2000}$/.test(text)) throw new HeduiError('CURSOR_INVALID');
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch (cause) {
    throw new HeduiError('CURSOR_INVALID', { cause });
  }
}
