/**
 * `npm test`: every check, from a fresh clone. One line per check; what a failed one printed follows it. All checks run
 * even when one fails, and the end names what could not run for want of a part.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkout, line, prepare } from './prepare.mjs';

const LIMIT_MS = 30 * 60_000;
const CONFIG = 'packages/tooling/jest.config.cjs';
// First of all: it ends the process when it fails, and nothing may lie about then.
prepare();
const folder = mkdtempSync(path.join(tmpdir(), 'hedui-checks-'));
const missing = path.join(folder, 'missing.txt');

/** The caller's own servers are none of the tests' business. */
function environment() {
  const env = { ...process.env, HEDUI_MISSING_PARTS_FILE: missing, FORCE_COLOR: '0' };
  for (const name of [
    'DATABASE_URL',
    'KAFKA_BROKERS',
    'REDIS_URL',
    'HEDUI_HOME',
    'HEDUI_PORT',
    'HEDUI_URL',
    'HEDUI_TOKEN',
  ]) {
    delete env[name];
  }
  return env;
}

let current = null;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    current?.kill(signal);
    process.exitCode = 130;
  });
}

function run(script, args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(checkout, script), ...args], {
      cwd: checkout,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    current = child;
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        printed += text;
      });
    }
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      resolve({ passed: code === 0, printed, ended: signal ?? code });
    });
  });
}

const counts = { passed: 0, failed: 0 };

/** What jest found, as one line; added to the counts of the whole run. */
function summaryOf(file) {
  if (!existsSync(file)) return 'no result';
  const result = JSON.parse(readFileSync(file, 'utf8'));
  const { numFailedTests: failed, numPassedTests: passed, numPendingTests: left, numTotalTestSuites: files } = result;
  counts.passed += passed;
  counts.failed += failed;
  const parts = [`${passed} passed`, ...(failed ? [`${failed} failed`] : []), ...(left ? [`${left} left out`] : [])];
  return `${parts.join(', ')} in ${files} files`;
}

async function jest(kind, workers) {
  const report = path.join(folder, `${kind}.json`);
  const args = ['--config', CONFIG, '--testPathPatterns', `\\.${kind}\\.test\\.ts$`, `--maxWorkers=${workers}`];
  const result = await run('node_modules/jest/bin/jest.js', [
    ...args,
    '--json',
    `--outputFile=${report}`,
    '--passWithNoTests',
  ]);
  // With --json the results go to standard output as well; people read the other stream.
  const printed = result.printed
    .split('\n')
    .filter((text) => !text.startsWith('{"'))
    .join('\n');
  return { ...result, printed, told: summaryOf(report) };
}

/** Fetches what tests need from outside before any test's own deadline runs. */
async function parts() {
  const { fetchKafka, NO_REDIS, redisProgram } = await import('../../packages/local-parts/dist/index.js');
  const kafka = await fetchKafka().then(
    () => 'Kafka',
    (error) => `no Kafka (${error.message.split('\n')[0]})`,
  );
  return {
    passed: true,
    printed: '',
    told: `PostgreSQL, ${kafka}, ${redisProgram() ? 'Redis' : `no Redis (${NO_REDIS})`}`,
  };
}

const tool = (script, args, told) => async () => ({ told, ...(await run(script, args)) });
const CHECKS = [
  ['lint', tool('node_modules/@biomejs/biome/bin/biome', ['check', '--colors=off', '.'], 'Biome')],
  [
    'types',
    tool('node_modules/typescript/bin/tsc', ['-p', 'packages/tooling/tsconfig.tests.json'], 'tests and sources'),
  ],
  [
    'arrows',
    tool(
      'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
      ['--config', 'packages/tooling/dependency-cruiser.cjs', 'packages', 'services', 'infra', 'tests'],
      'imports point down',
    ),
  ],
  ['lock', tool('packages/tooling/complete-lock.mjs', ['--check'], 'npm ci works on every platform')],
  ['parts', parts],
  ['unit', () => jest('unit', 2)],
  ['int', () => jest('int', 2)],
  ['e2e', () => jest('e2e', 1)],
];

const failed = [];
for (const [name, check] of CHECKS) {
  const since = Date.now();
  const { ended, passed, printed, told } = await check();
  line(name, `${passed ? 'ok    ' : 'FAILED'} ${told}`, since);
  if (!passed) {
    failed.push(name);
    process.stdout.write(`${printed.trimEnd()}\n(${name} ended with ${ended})\n`);
  }
  if (process.exitCode === 130) break;
}
if (existsSync(missing)) {
  const lines = [...new Set(readFileSync(missing, 'utf8').trim().split('\n'))];
  process.stdout.write(`\nNot run for want of a part:\n${lines.map((text) => `  ${text}`).join('\n')}\n`);
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`\ntests: ${counts.passed} passed, ${counts.failed} failed\n`);
process.stdout.write(failed.length ? `failed: ${failed.join(', ')}\n` : 'all checks passed\n');
if (failed.length) process.exitCode ||= 1;
