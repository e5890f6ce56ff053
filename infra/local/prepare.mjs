/**
 * What has to be there before anything else can be imported: the right Node, the installed packages, the compiled
 * code. Only Node's own modules are used here.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const checkout = fileURLToPath(new URL('../../', import.meta.url));
const NEEDED = [20, 19];

/** Prints one line with what was done and its seconds. */
export function line(what, detail, sinceMs) {
  const seconds = `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;
  process.stdout.write(`${what.padEnd(10)} ${detail.padEnd(80)} ${seconds.padStart(7)}\n`);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return;
  fail(
    `Hedui needs Node.js ${NEEDED.join('.')} or newer; this is ${process.versions.node}. Install a newer one from https://nodejs.org`,
  );
}

/** npm's own environment may tell a nested npm to do nothing or to leave packages out: those settings are not handed on. */
function cleanEnvironment() {
  const dropped = /^npm_config_(dry_run|ignore_scripts|omit|only|production|include|global|location|prefix)$/i;
  const kept = Object.entries(process.env).filter(([name]) => !dropped.test(name) && name !== 'NODE_ENV');
  return Object.fromEntries(kept);
}

function isStale() {
  const installed = path.join(checkout, 'node_modules/.package-lock.json');
  return (
    !existsSync(installed) || statSync(installed).mtimeMs < statSync(path.join(checkout, 'package-lock.json')).mtimeMs
  );
}

function install() {
  if (!isStale()) return;
  const since = Date.now();
  const npm = process.env.npm_execpath;
  const [command, args] = npm && /\.[cm]?js$/.test(npm) ? [process.execPath, [npm]] : ['npm', []];
  const options = { cwd: checkout, env: cleanEnvironment(), encoding: 'utf8', maxBuffer: 1 << 26 };
  const { error, status, stderr } = spawnSync(
    command,
    [...args, 'ci', '--include=dev', '--no-fund', '--no-audit'],
    options,
  );
  if (status !== 0) {
    const reasons = (stderr ?? '').split('\n').filter((text) => /^npm error \S/.test(text));
    fail(
      `install: npm ci failed.\n${error ?? reasons.slice(0, 12).join('\n')}\nCheck the network and the registry (npm config get registry), then try again.`,
    );
  }
  line('install', 'npm packages', since);
}

function build() {
  const since = Date.now();
  const env = {
    ...cleanEnvironment(),
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
    DO_NOT_TRACK: '1',
  };
  const options = { cwd: checkout, env, encoding: 'utf8', maxBuffer: 1 << 26 };
  const run = (script, args) =>
    spawnSync(process.execPath, [path.join(checkout, 'node_modules', script), ...args], options);

  const turbo = run('turbo/bin/turbo', ['run', 'build', '--output-logs=errors-only', '--log-prefix=none']);
  if (turbo.status === 0) return line('build', 'compiled with turbo', since);
  const tsc = run('typescript/bin/tsc', ['-b', 'packages/tooling/tsconfig.workspace.json']);
  if (tsc.status === 0) return line('build', 'compiled with tsc (turbo cannot run here)', since);
  return fail(`build: the code does not compile.\n${tsc.stdout}${tsc.stderr}`);
}

/** Checks Node, installs when the lock file is newer than what is installed, and compiles. Exits 1 with the reason. */
export function prepare() {
  checkNode();
  install();
  build();
}
