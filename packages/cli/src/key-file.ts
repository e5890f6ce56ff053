import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const keyFileSchema = z.object({
  current: z.union([z.string(), z.number()]).transform(String),
  keys: z.record(z.string(), z.string()),
});
type KeyFile = z.infer<typeof keyFileSchema>;

/** A key file cannot be read, or what was asked of it cannot be done. It never holds key material. */
export class KeyFileUnusable extends Error {
  readonly code = 'KEY_FILE_UNUSABLE';
}

function readKeys(file: string): KeyFile {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new KeyFileUnusable(`${file} cannot be read as a key file`);
  }
  const parsed = keyFileSchema.safeParse(raw);
  if (!parsed.success) throw new KeyFileUnusable(`${file} does not have the form {"current", "keys"}`);
  return parsed.data;
}

/** Whole or not at all, readable by its owner only: services may be reading it at this moment. */
function writeKeys(file: string, keys: KeyFile): void {
  const beside = `${file}.new`;
  writeFileSync(beside, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  renameSync(beside, file);
}

/** A name that no version had: one more than the highest number in the names. */
function nextName({ keys }: KeyFile): string {
  const names = Object.keys(keys);
  const numbers = names.map((name) => Number(/\d+$/.exec(name)?.[0] ?? 0));
  const prefix = /^\D*/.exec(names[0] ?? '')?.[0] ?? '';
  return `${prefix}${Math.max(0, ...numbers) + 1}`;
}

/** Adds a new random version and makes it the current one; returns both names. Throws KeyFileUnusable. */
export function addVersion(file: string): { from: string; to: string } {
  const before = readKeys(file);
  const to = nextName(before);
  writeKeys(file, { current: to, keys: { ...before.keys, [to]: randomBytes(32).toString('base64') } });
  return { from: before.current, to };
}

/** Name of the current version. Throws KeyFileUnusable. */
export const currentVersion = (file: string): string => readKeys(file).current;

/** Takes a version out. Throws KeyFileUnusable for the current one and for one that is not there. */
export function removeVersion(file: string, version: string): void {
  const { current, keys } = readKeys(file);
  if (version === current) throw new KeyFileUnusable(`${version} is the current version`);
  if (!(version in keys)) throw new KeyFileUnusable(`${file} holds no version ${version}`);
  writeKeys(file, { current, keys: Object.fromEntries(Object.entries(keys).filter(([name]) => name !== version)) });
}
