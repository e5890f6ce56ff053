import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The packages that decide what becomes of a row: how it is read, judged, made a record. */
const DECIDING = ['@hedui/contracts', '@hedui/identity-numbers', '@hedui/privacy', '@hedui/tables'];

let known: string | null = null;

/**
 * Names the rules by which rows are judged: a digest of their very code, of this package too, and of the versions of Node and Unicode, so that
 * nobody has to remember to raise a number when a rule changes.
 */
export function rulesEdition(): string {
  known ??= editionOf([...DECIDING.map(folderOf), fileURLToPath(new URL('..', import.meta.url))]);
  return known;
}

/** A digest of all code in these folders. */
export function editionOf(folders: readonly string[]): string {
  const digest = createHash('sha256').update(`${process.version} ${process.versions.unicode}`);
  for (const folder of folders) {
    for (const file of codeIn(folder)) digest.update(`\0${file}\0`).update(readFileSync(path.join(folder, file)));
  }
  return digest.digest('hex');
}

function folderOf(name: string): string {
  return path.dirname(createRequire(import.meta.url).resolve(name));
}

function codeIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.[cm]?[jt]s$/.test(file))
    .sort();
}
