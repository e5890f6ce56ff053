import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {
  commandLine,
  errorCode,
  isAlive,
  PartUnavailable,
  removeKafkaVolume,
  removePostgres,
} from '@hedui/local-parts';
import type { LogKind } from './options.js';

/** The files of one installation. */
export interface Home {
  root: string;
  postgres: string;
  kafka: string;
  redis: string;
  keys: string;
  logs: string;
  /** Process ids of what runs. */
  run: string;
  profile: string;
  /** Tokens of whoever logged in with `hedui login`. */
  login: string;
  /** Marks that the sample has been loaded. */
  sampleDone: string;
}

const KEPT_LOG_BYTES = 20 * 1024 * 1024;

export function homeAt(root: string): Home {
  const at = (name: string) => path.join(root, name);
  return {
    root,
    postgres: at('postgres'),
    kafka: at('kafka'),
    redis: at('redis'),
    keys: at('keys'),
    logs: at('logs'),
    run: at('run'),
    profile: at('profile.json'),
    login: at('login.json'),
    sampleDone: at('sample-loaded.json'),
  };
}

/**
 * Makes the folders. Only PostgreSQL's may be entered by others: for root it runs as another user, so a folder of our own
 * that was made for its owner alone (as `mktemp -d` does) is opened for passing through, not for looking into.
 */
export function makeHome(home: Home): void {
  mkdirSync(home.root, { recursive: true, mode: 0o755 });
  const ours = new Set(Object.values(home).concat(installationFile(home)));
  const foreign = readdirSync(home.root).some((name) => !ours.has(path.join(home.root, name)));
  if (process.getuid?.() === 0 && !foreign) chmodSync(home.root, statSync(home.root).mode | 0o011);
  for (const folder of [home.keys, home.logs, home.run, home.kafka, home.redis]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
}

/** Writes a file in one step: readers see the old content or the new, never half of it. */
export function writeWhole(file: string, text: string, mode = 0o600): void {
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, text, { mode });
  renameSync(fresh, file);
}

/**
 * Takes the installation for this process.
 * @returns a function that gives it back.
 * @throws PartUnavailable when another launcher runs it.
 */
export function takeHome(home: Home, mark = 'start.mjs'): () => void {
  const file = path.join(home.root, 'launcher.pid');
  const release = () => rmSync(file, { force: true });
  for (;;) {
    try {
      writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
      return release;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    const holder = Number.parseInt(readFileSync(file, 'utf8'), 10);
    if (holder !== process.pid && holder > 0 && isAlive(holder) && commandLine(holder).includes(mark)) {
      throw new PartUnavailable(
        'this installation',
        `${home.root} is running already (process ${holder})`,
        'Stop that one first, or give another HEDUI_HOME and HEDUI_PORT to run a second installation.',
      );
    }
    release();
  }
}

/** Removes what the installation keeps, and nothing else that may lie in the same folder. */
export async function resetHome(home: Home): Promise<void> {
  await removeKafkaVolume(home.kafka);
  removePostgres(home.postgres);
  for (const at of [
    home.kafka,
    home.redis,
    home.keys,
    home.logs,
    home.run,
    home.profile,
    home.login,
    home.sampleDone,
    installationFile(home),
  ]) {
    rmSync(at, { recursive: true, force: true });
  }
}

/** What the first start decided and every later one keeps to. */
export interface Installation {
  log: LogKind;
}

const installationFile = (home: Home) => path.join(home.root, 'installation.json');

export function readInstallation(home: Home): Installation | null {
  const file = installationFile(home);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
}

export function keepInstallation(home: Home, installation: Installation): void {
  writeWhole(installationFile(home), `${JSON.stringify(installation, null, 2)}\n`);
}

/** The log file of a service or part; one that has grown large makes room first, and one older file is kept. */
export function logFile(home: Home, name: string): string {
  const file = path.join(home.logs, `${name}.log`);
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > KEPT_LOG_BYTES) renameSync(file, `${file}.1`);
  return file;
}

/** The last lines of a log, for a message about why something ended. */
export function lastLines(file: string, count: number): string {
  if (!existsSync(file)) return '';
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}
