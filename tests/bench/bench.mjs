/**
 * `npm run bench -- --households 20000 --bystanders 100000 --log kafka`: invents a city (seeded, kept for the next run), starts an
 * installation of its own, loads the seven source files, submits the batch and reads its reports; then times single checks.
 * Prints a table and writes JSON. It measures; it asserts no time.
 */
import { spawn } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createClient, followBatch, followLoad } from '@hedui/cli';
import { writeCity } from '@hedui/testing/city';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { values } = parseArgs({
  options: {
    households: { type: 'string', default: '20000' },
    bystanders: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '7' },
    log: { type: 'string', default: 'kafka' },
    checks: { type: 'string', default: '200' },
    json: { type: 'string', default: '' },
  },
});
const households = Number(values.households);
const bystanders = Number(values.bystanders);
const AS_OF = '2026-11-15';

async function city() {
  const folder = path.join(tmpdir(), 'hedui-bench', `city-${values.seed}-${households}-${bystanders}`);
  if (!existsSync(path.join(folder, 'facts.json'))) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const facts = await writeCity(folder, { seed: Number(values.seed), households, bystanders, asOf: AS_OF });
    await writeFile(path.join(folder, 'facts.json'), JSON.stringify(facts));
  }
  return { folder, facts: JSON.parse(await readFile(path.join(folder, 'facts.json'), 'utf8')) };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function installation() {
  const home = await mkdtemp(path.join(tmpdir(), 'hedui-bench-home-'));
  const since = performance.now();
  const child = spawn(process.execPath, ['infra/local/start.mjs', '--empty', '--log', values.log], {
    cwd: root,
    env: { ...process.env, HEDUI_HOME: home, HEDUI_PORT: String(await freePort()) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => line.startsWith('ready ') && resolve());
    child.once('exit', () => reject(new Error('the installation did not start')));
  });
  const profile = JSON.parse(await readFile(path.join(home, 'profile.json'), 'utf8'));
  return {
    home,
    client: createClient(profile),
    profile,
    startSeconds: (performance.now() - since) / 1000,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** CPU seconds and resident memory of each process of the installation and of their children, from /proc. */
async function processes(home) {
  const all = new Map();
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    const read = (file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
    const [command, environment, stat, status] = await Promise.all(['cmdline', 'environ', 'stat', 'status'].map(read));
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const kib = (key) => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
    all.set(pid, {
      parent: fields[1],
      ours: command.includes(home) || environment.includes(home),
      name: nameOf(command),
      cpu: (Number(fields[11]) + Number(fields[12])) / 100,
      rss: kib('VmRSS'),
      peak: kib('VmHWM'),
    });
  }
  const ours = (one) => one !== undefined && (one.ours || ours(all.get(one.parent)));
  const byName = new Map();
  for (const one of all.values()) {
    if (!ours(one)) continue;
    const sum = byName.get(one.name) ?? { cpu: 0, rss: 0, peak: 0 };
    byName.set(one.name, {
      cpu: sum.cpu + one.cpu,
      rss: Math.max(sum.rss, one.rss),
      peak: Math.max(sum.peak, one.peak),
    });
  }
  return byName;
}

function nameOf(command) {
  const service = /services\/([a-z-]+)\/dist/.exec(command)?.[1];
  if (service) return service;
  if (command.includes('kafka.Kafka')) return 'kafka';
  return /postgres/.test(command) ? 'postgres' : path.basename(command.split(/[\0 ]/, 1)[0] ?? '');
}

const total = (table) => [...table.values()].reduce((sum, { cpu }) => sum + cpu, 0);
const percentile = (sorted, p) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? 0;

async function drain(stream) {
  let lines = 0;
  for await (const piece of stream) for (const byte of piece) if (byte === 10) lines++;
  return lines;
}

async function main() {
  const { folder, facts } = await city();
  const rows = Object.values(facts.files).reduce((sum, file) => sum + file.rows, 0);
  process.stdout.write(
    `city: ${households} households (${facts.persons} persons), ${bystanders} bystanders, ${rows} records\n`,
  );
  const mesh = await installation();
  const figures = {
    log: values.log,
    households,
    persons: facts.persons,
    records: rows,
    startSeconds: mesh.startSeconds,
  };
  try {
    await mesh.client.publishPolicy(
      await readFile(path.join(root, 'infra/local/sample/policy.yaml'), 'utf8'),
      'application/yaml',
    );
    let mark = performance.now();
    let cpu = total(await processes(mesh.home));
    const loads = [];
    for (const { source, type, file, scope, asOf, mode } of JSON.parse(
      await readFile(path.join(folder, 'loads.json'), 'utf8'),
    )) {
      loads.push(
        await mesh.client.createLoad(
          source,
          type,
          { scope, asOf, mode },
          createReadStream(path.join(folder, file)),
          'text/csv',
        ),
      );
    }
    for (const load of loads) await followLoad(mesh.client, load, 'applied');
    figures.ingestSeconds = (performance.now() - mark) / 1000;
    figures.ingestRecordsPerSecond = rows / figures.ingestSeconds;
    figures.ingestCpuMicrosPerRecord = ((total(await processes(mesh.home)) - cpu) * 1e6) / rows;

    mark = performance.now();
    cpu = total(await processes(mesh.home));
    const submitted = await mesh.client.createBatch(
      { asOf: AS_OF },
      createReadStream(path.join(folder, 'households.csv')),
      'text/csv',
    );
    figures.receiveSeconds = (performance.now() - mark) / 1000;
    const done = await followBatch(mesh.client, submitted);
    figures.batchSeconds = (performance.now() - mark) / 1000;
    figures.batchHouseholdsPerSecond = households / figures.batchSeconds;
    figures.batchCpuMicrosPerHousehold = ((total(await processes(mesh.home)) - cpu) * 1e6) / households;
    mark = performance.now();
    const lines = await drain(await mesh.client.batchReports(done.id));
    figures.exportSeconds = (performance.now() - mark) / 1000;
    if (lines !== done.counts.accepted) throw new Error(`${lines} reports for ${done.counts.accepted} households`);
    figures.reports = lines;

    figures.checkMs = await checks(mesh.profile, Number(values.checks));
    figures.processes = Object.fromEntries(await processes(mesh.home));
  } finally {
    await mesh.client.close();
    await mesh.stop();
  }
  print(figures);
  if (values.json) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
}

async function checks(profile, count) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const mark = performance.now();
    const answer = await fetch(new URL('/v1/verifications', profile.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${profile.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        asOf: AS_OF,
        programme: 'urban_dibao',
        verificationType: 'new_application',
        region: '520102',
        area: 'urban',
        persons: [
          {
            relation: 'applicant',
            idNumber: '520000196203180013',
            name: '张三',
            authorisationNo: 'SQ-1',
            authorisedOn: '2026-11-01',
          },
        ],
      }),
    });
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`a single check answered ${answer.status}`);
    times.push(performance.now() - mark);
  }
  times.sort((a, b) => a - b);
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}

function print(figures) {
  const { processes: table, checkMs, ...rest } = figures;
  for (const [name, value] of Object.entries(rest)) {
    process.stdout.write(`${name.padEnd(28)} ${typeof value === 'number' ? Math.round(value * 100) / 100 : value}\n`);
  }
  process.stdout.write(
    `single check                 p50 ${checkMs.p50.toFixed(1)} ms, p99 ${checkMs.p99.toFixed(1)} ms\n\n`,
  );
  process.stdout.write('process (largest of its kind)  cpu s   rss MB  peak MB\n');
  for (const [name, { cpu, rss, peak }] of Object.entries(table)) {
    const cells = [cpu.toFixed(1), (rss / 1024).toFixed(0), (peak / 1024).toFixed(0)].map((cell) => cell.padStart(8));
    process.stdout.write(`${name.padEnd(26)} ${cells.join(' ')}\n`);
  }
}

await main();
