import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { until } from './deadline.js';
import { errorCode } from './error-code.js';
import { isAlive } from './processes.js';

/** Folder for what is fetched once and serves every installation: `HEDUI_CACHE`, else `hedui` in the user's cache folder. */
export function cacheFolder(): string {
  const { HEDUI_CACHE, XDG_CACHE_HOME } = process.env;
  return HEDUI_CACHE || path.join(XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'hedui');
}

/** Takes the lock file or says false when a living process holds it. */
function take(lock: string): boolean {
  try {
    const file = openSync(lock, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  try {
    const holder = Number.parseInt(readFileSync(lock, 'utf8'), 10);
    if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true });
  } catch {
    // Released in this moment.
  }
  return false;
}

/**
 * Does `work` while no other process of this machine does the same; a lock whose holder has died is taken over.
 * @throws when the lock could not be had within `withinMs`.
 */
export async function whileLocked<T>(lock: string, withinMs: number, work: () => Promise<T>): Promise<T> {
  mkdirSync(path.dirname(lock), { recursive: true });
  const taken = await until(async () => (take(lock) ? true : undefined), withinMs, 200);
  if (!taken) throw new Error(`another process has held ${lock} for too long`);
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}
