import { type KeyFile, readKeyFile } from './keys.js';

/**
 * Where a service of the named zone has its keys from: the port behind which a key management service stands. `keys` is asked once, when
 * the service starts. A file is the default. A KMS keeps the same keys wrapped under a key that never leaves it: its adapter fetches
 * them, has them unwrapped, and hands them over in memory.
 */
export interface KeyRing {
  /** Throws KeyFileError, never with key material. */
  keys(): Promise<KeyFile>;
}

/** The keys of a file that nobody but its owner may read. */
export function fileKeyRing(path: string): KeyRing {
  return { keys: async () => readKeyFile(path) };
}
