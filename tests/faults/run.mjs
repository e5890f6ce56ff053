/**
 * `npm run faults [-- 6 7] [--log kafka|postgres|both] [--seed N] [--minutes 30] [--households N] [--short] [--planted]
 * [--lost] [--long-batch] [--strikes 10]`: faults by their numbers (all when none is given), each judged by the checker. Prints the seed; the same
 * seed draws the same faults. `--lost`: parts that are lost altogether. `--long-batch`: one batch of 100,000 households through ten strikes.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ALL = Array.from({ length: 20 }, (_, i) => i + 1);

function usage(why) {
  process.stderr.write(
    `${why}\nnpm run faults [-- NUMBER…] [--log kafka|postgres|both] [--seed N] [--minutes N] [--households N] [--short] [--planted] [--lost] [--long-batch] [--strikes N]\n`,
  );
  process.exit(2);
}

function read() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        log: { type: 'string', default: 'both' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
        minutes: { type: 'string' },
        households: { type: 'string' },
        short: { type: 'boolean', default: false },
        planted: { type: 'boolean', default: false },
        lost: { type: 'boolean', default: false },
        'long-batch': { type: 'boolean', default: false },
        strikes: { type: 'string', default: '10' },
      },
    });
  } catch (error) {
    return usage(error.message);
  }
}

const { values, positionals } = read();
const longBatch = values['long-batch'];
if (longBatch && positionals.length > 0) usage('--long-batch is a run of its own');
const numbers = longBatch ? [20] : positionals.length > 0 ? positionals.map(Number) : ALL;
if (numbers.some((number) => !ALL.includes(number))) usage('faults have the numbers 1 to 20');
const logs =
  { both: 'postgres,kafka', kafka: 'kafka', postgres: 'postgres' }[values.log] ?? usage(`no log: ${values.log}`);
for (const name of ['seed', 'minutes', 'households', 'strikes'])
  if (values[name] !== undefined && !/^\d+$/.test(values[name])) usage(`--${name} takes a whole number`);

process.stdout.write(`seed ${values.seed}\n`);
const tests = values.planted ? 'planted' : values.lost ? 'lost' : 'faults';
const child = spawn(
  process.execPath,
  [
    // Whoever judges a large town knows each of its persons and records.
    '--max-old-space-size=8192',
    path.join(root, 'node_modules/jest/bin/jest.js'),
    ...['--config', path.join(root, 'packages/tooling/jest.config.cjs'), '--runInBand'],
    ...['--testPathPatterns', `tests/faults/test/${tests}\\.e2e\\.test`],
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      HEDUI_FAULTS: numbers.join(','),
      HEDUI_FAULTS_LOG: logs,
      HEDUI_FAULTS_SEED: values.seed,
      HEDUI_FAULTS_HOUSEHOLDS: values.households ?? (longBatch ? '100000' : '2500'),
      ...(longBatch ? { HEDUI_FAULTS_STRIKES: values.strikes } : {}),
      HEDUI_FAULTS_LONG: values.short ? 'no' : 'yes',
      ...(values.minutes === undefined ? {} : { HEDUI_FAULTS_MINUTES: values.minutes }),
    },
  },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('close', (code, signal) => {
  process.exitCode = signal ? 130 : (code ?? 1);
});
