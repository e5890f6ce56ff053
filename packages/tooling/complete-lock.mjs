/**
 * Completes package-lock.json for platforms whose binaries the registry in use does not have: npm then leaves optional
 * dependencies out of the lock file, and `npm ci` refuses it. Each one that is missing gets an entry with its version and
 * platform. Run it after every change of dependencies: `node packages/tooling/complete-lock.mjs` (`--check`: only say).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SYSTEMS = { windows: 'win32' };
const CPUS = { 64: 'x64' };
const PLATFORM =
  /(?:^|[-/])(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32|windows)-(arm64|arm|ia32|loong64|mips64el|ppc64|riscv64|s390x|x64|64)(?:-([a-z]+))?$/;

/** Operating system, processor and C library that a package's name speaks of; null when it speaks of none. */
export function platformOf(name) {
  const [, os, cpu, abi] = PLATFORM.exec(name) ?? [];
  if (!os) return null;
  const libc = os === 'linux' ? (abi?.startsWith('musl') ? 'musl' : abi?.startsWith('g') ? 'glibc' : null) : null;
  return { os: [SYSTEMS[os] ?? os], cpu: [CPUS[cpu] ?? cpu], ...(libc ? { libc: [libc] } : {}) };
}

/** Where Node would find `name` from the package at `from`, among the lock's entries; null when nowhere. */
function entryFor(packages, from, name) {
  for (let at = from; ; ) {
    const key = `${at ? `${at}/` : ''}node_modules/${name}`;
    if (packages[key]) return key;
    if (!at) return null;
    const cut = at.lastIndexOf('/node_modules/');
    at = cut < 0 ? '' : at.slice(0, cut);
  }
}

/**
 * The lock's entries with stubs for the optional dependencies that are missing, in npm's order.
 * @returns {{ packages: object, added: string[], unknown: string[] }} unknown: names that tell no platform.
 */
export function completeLock(packages) {
  const result = { ...packages };
  const added = [];
  const unknown = [];
  for (const [from, entry] of Object.entries(packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      if (entryFor(result, from, name)) continue;
      const platform = platformOf(name);
      if (!platform) {
        unknown.push(name);
        continue;
      }
      const { cpu, libc, os } = platform;
      result[`node_modules/${name}`] = {
        version: range.replace(/^[~^=v]+/, ''),
        cpu,
        ...(entry.dev ? { dev: true } : {}),
        ...(libc ? { libc } : {}),
        optional: true,
        os,
      };
      added.push(name);
    }
  }
  const ordered = Object.fromEntries(Object.entries(result).sort(([a], [b]) => a.localeCompare(b, 'en')));
  return { packages: ordered, added, unknown };
}

/**
 * The workspaces whose dependencies the lock does not know as their package.json states them: `npm install` was not run
 * after a change, and `npm ci` will refuse.
 * @param read gives a workspace's package.json.
 */
export function outdatedWorkspaces(packages, read) {
  const own = (entry) =>
    JSON.stringify([entry.dependencies ?? {}, entry.devDependencies ?? {}].map((d) => Object.entries(d).sort()));
  const workspaces = Object.keys(packages).filter((at) => !at.includes('node_modules'));
  return workspaces.filter((at) => own(packages[at]) !== own(read(at)));
}

function main() {
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
  const file = path.join(root, 'package-lock.json');
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const outdated = outdatedWorkspaces(lock.packages, (at) =>
    JSON.parse(readFileSync(path.join(root, at, 'package.json'), 'utf8')),
  );
  for (const at of outdated)
    process.stderr.write(`${at || 'the root'}: package.json is newer than the lock; run npm install\n`);
  const { added, packages, unknown } = completeLock(lock.packages);
  const check = process.argv.includes('--check');
  if (!check && added.length) writeFileSync(file, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
  for (const name of unknown) process.stderr.write(`${name}: missing, and its name tells no platform\n`);
  process.stdout.write(`${added.length} optional dependencies ${check ? 'are missing' : 'added'}\n`);
  if (unknown.length || outdated.length || (check && added.length)) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
