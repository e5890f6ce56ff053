import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';

/** A file of versioned 32-byte keys in base64: `{"current": "1", "keys": {"1": "…"}}`. Lives in the named zone only. */
export interface KeyFile {
  readonly current: string;
  readonly keys: ReadonlyMap<string, Buffer>;
}

const keyFileSchema = z.object({
  current: z.union([z.string(), z.number()]).transform(String),
  keys: z.record(z.string().min(1).max(32), z.base64()),
});

export class KeyFileError extends Error {
  readonly code = 'KEY_FILE_UNUSABLE';
}

/** Where container runtimes mount secrets, with rights that are not the file's own to choose: there it must not be writable. */
const MOUNTED = '/run/secrets/';

/**
 * Reads and checks a key file; throws KeyFileError, never with key material. Nobody but its owner may have any right on it (0600 or
 * 0400); a secret that a container runtime mounted may be readable, never writable.
 */
export function readKeyFile(path: string): KeyFile {
  let text: string;
  try {
    const refused = statSync(path).mode & (path.startsWith(MOUNTED) ? 0o022 : 0o077);
    if (refused !== 0)
      throw new KeyFileError(`${path} can be ${refused & 0o022 ? 'written' : 'read'} by others: chmod 600`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof KeyFileError) throw error;
    throw new KeyFileError(`${path} cannot be read`);
  }
  return parseKeyFile(text, path);
}

/** The same from text; `origin` names it in errors. */
export function parseKeyFile(text: string, origin: string): KeyFile {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw new KeyFileError(`${origin} is not JSON`);
  }
  const parsed = keyFileSchema.safeParse(raw);
  if (!parsed.success) throw new KeyFileError(`${origin} does not have the form {"current", "keys"}`);
  const keys = new Map(Object.entries(parsed.data.keys).map(([id, text]) => [id, Buffer.from(text, 'base64')]));
  for (const [id, key] of keys) if (key.length !== 32) throw new KeyFileError(`${origin}: key ${id} is not 32 bytes`);
  if (!keys.has(parsed.data.current)) throw new KeyFileError(`${origin}: the current key is not in it`);
  return { current: parsed.data.current, keys };
}
