import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { batchSchema, pack, reportSchema, TOPICS } from '@hedui/contracts';
import { createEventLog } from '@hedui/event-log';
import { createLogger } from '@hedui/logging';
import { createPool } from '@hedui/postgres';
import { writeCity } from '@hedui/testing/city';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadCity } from '../../e2e/test/city.js';
import { type Mesh, ROOT, SAMPLE, startMesh } from '../../e2e/test/mesh.js';
import { giveTellingIds, needlesOfValues, valuesOfCity } from './city-needles.js';
import { dumpPieces, filePieces, type PartsOfInstallation, redisPieces, tablePieces, topicPieces } from './places.js';
import { type Piece, type Scanned, scan } from './scan.js';
import { type NeedleSearch, searchNeedles } from './search.js';

/** `npm run scan:blind` runs the long form: 20,000 households through Kafka. */
const households = Number(process.env.HEDUI_SCAN_HOUSEHOLDS ?? 250);
const log = process.env.HEDUI_SCAN_LOG === 'kafka' ? 'kafka' : 'postgres';
const seed = Number(process.env.HEDUI_SCAN_SEED ?? 20_261_115);
const HOUR = 3_600_000;

describe(`the blind zone after a run of ${households} households (${log}, seed ${seed})`, () => {
  let mesh: Mesh;
  let folder: string;
  let parts: PartsOfInstallation;
  let search: NeedleSearch;
  let telling: Set<string>;

  async function* everything(): AsyncGenerator<Piece> {
    yield* topicPieces(parts.log);
    // Named zone too: what stands there is sealed.
    for (const [database, url] of Object.entries(parts.databases)) yield* tablePieces(database, url);
    if (parts.redisUrl) yield* redisPieces(parts.redisUrl);
    for (const kept of ['logs', 'kafka', 'redis']) yield* filePieces(kept, path.join(mesh.home, kept));
    yield* dumpPieces(mesh.home, ROOT, ...['matcher', 'reporting'].map((name) => path.join(ROOT, 'services', name)));
  }
  const told = ({ pieces, bytes, places }: Scanned) =>
    process.stdout.write(
      `scanned ${places.size} places, ${pieces} pieces, ${(bytes / 2 ** 20).toFixed(1)} MiB for ${search.count} patterns\n`,
    );

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hedui-blind-'));
    await writeCity(folder, { seed, households, bystanders: households / 2, asOf: '2026-11-15' });
    telling = await giveTellingIds(folder, 10);
    mesh = await startMesh({ log });
    parts = JSON.parse(await readFile(path.join(mesh.home, 'run/parts.json'), 'utf8')) as PartsOfInstallation;
    search = searchNeedles(needlesOfValues(await valuesOfCity(folder)));
  }, HOUR);
  afterAll(async () => {
    await mesh?.remove();
    if (folder) await rm(folder, { recursive: true, force: true });
  }, 60_000);

  it(
    'shows the departments’ own ids in the reports',
    async () => {
      expect((await mesh.hedui('policy', 'publish', path.join(SAMPLE, 'policy.yaml'))).status).toBe(0);
      await loadCity(mesh, folder);
      const out = path.join(folder, 'reports.ndjson');
      const submitted = await mesh.hedui(
        ...['batch', 'submit', path.join(folder, 'households.csv'), '--as-of', '2026-11-15', '--out', out, '--json'],
      );
      expect(batchSchema.parse(JSON.parse(submitted.out)).state).toBe('done');
      const reports = (await readFile(out, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => reportSchema.parse(JSON.parse(line)));
      const ids = reports.flatMap(({ findings }) => findings.flatMap(({ recordId }) => recordId ?? []));
      expect(ids.filter((id) => telling.has(id)).length).toBeGreaterThan(households / 100);
      expect(ids.filter((id) => id.startsWith('~'))).toEqual([]);
      for (const { findings } of reports) {
        const keys = findings.map((f) => ({ code: f.code, member: f.member, id: Buffer.from(f.recordId ?? '') }));
        keys.forEach((key, i) => {
          const before = keys[i - 1];
          if (before?.code === key.code && before.member === key.member)
            expect(Buffer.compare(before.id, key.id)).toBeLessThanOrEqual(0);
        });
      }
      const report = reports.find(({ findings }) => findings.some(({ recordId }) => recordId && telling.has(recordId)));
      // Explanation and replay open the same ids, and the replay is the report.
      const explanation = await (await mesh.fetch(`/v1/reports/${report?.reportNo}/explanation`)).text();
      expect(explanation).not.toContain('~1.');
      const replay = await mesh.fetch(`/v1/reports/${report?.reportNo}/replay`, { method: 'POST' });
      expect(await replay.json()).toMatchObject({ same: true, today: { same: true } });
      const place = report?.findings.findIndex(({ recordId }) => recordId && telling.has(recordId)) ?? -1;
      const evidence = await mesh.fetch(`/v1/reports/${report?.reportNo}/findings/${place + 1}/evidence`);
      expect({ status: evidence.status, body: await evidence.json() }).toMatchObject({
        status: 200,
        body: { recordId: report?.findings[place]?.recordId, person: { idNumber: expect.stringContaining('*') } },
      });
      await mesh.hedui('rates', '--from', '2026-01', '--to', '2026-12', '--group-by', 'programme,region');
    },
    HOUR,
  );

  it(
    'names nobody',
    async () => {
      const scanned = await scan(everything(), search);
      told(scanned);
      expect(scanned.leaks).toEqual([]);
      const places = [...scanned.places.keys()];
      for (const place of [
        'topic hedui.source.vehicle.registration',
        'topic hedui.verification.reports',
        'logs matcher.log',
      ]) {
        expect(places).toContain(place);
      }
      for (const database of Object.keys(parts.databases)) {
        expect(places.some((place) => place.startsWith(`table ${database} `))).toBe(true);
      }
    },
    HOUR,
  );

  it(
    'is seen through where something is planted: every place, and nothing else',
    async () => {
      const values = [...(await valuesOfCity(folder))];
      const value = (kind: string, at = 3): Buffer => {
        const text = values.filter(([, of]) => of === kind)[at]?.[0];
        if (text === undefined) throw new Error(`the city has no ${kind}`);
        return Buffer.from(text);
      };
      const logger = createLogger('planting', 'silent');
      const events = await createEventLog(
        parts.log.kind === 'kafka'
          ? { HEDUI_LOG: 'kafka', KAFKA_BROKERS: parts.log.brokers }
          : { HEDUI_LOG: 'postgres', EVENT_LOG_URL: parts.log.url ?? '' },
        { logger, clientId: 'planting' },
      );
      const packed = pack(['x', gzipSync(pack({ who: value('identity number') }))]);
      await events.publish([{ topic: TOPICS.deadLetter.name, partition: 0, key: Buffer.from('k'), value: packed }]);
      await events.close();
      const planted = ['topic hedui.dead-letter'];
      for (const [database, kind] of [
        ['matcher', 'name'],
        ['reporting', 'plate'],
      ] as const) {
        const url = Object.entries(parts.databases).find(([name]) => name.includes(database))?.[1];
        if (!url) throw new Error(`there is no database of ${database}`);
        const pool = createPool({ url, name: 'planting', max: 1, logger });
        await pool.query('CREATE TABLE planted (v bytea)');
        await pool.query('INSERT INTO planted VALUES ($1)', [Buffer.from(value(kind).toString(), 'utf16le')]);
        // A name of two characters counts in text alone.
        await pool.query('INSERT INTO planted VALUES ($1)', [
          Buffer.from(JSON.stringify({ v: value(kind).toString() })),
        ]);
        await pool.end();
        planted.push(`table ${database} public.planted`);
      }
      await appendFile(path.join(mesh.home, 'logs/matcher.log'), `{"msg":"${value('account').toString('hex')}"}\n`);
      planted.push('logs matcher.log');
      await writeFile(
        path.join(mesh.home, 'core.4711'),
        Buffer.concat([Buffer.alloc(99), value('identity number', 7)]),
      );
      planted.push('dump core.4711');
      const { leaks } = await scan(everything(), search);
      const places = new Set(leaks.map(({ place }) => place));
      const matched = planted.filter((place) => [...places].some((found) => sameButForPrefix(found, place)));
      expect(matched).toEqual(planted);
      // What was planted in the topic stands in the embedded log, in the broker's own files and among the dead letters too.
      const others = [...places].filter(
        (found) =>
          !planted.some((place) => sameButForPrefix(found, place)) &&
          !/^(table \S*log |table \S* public\.dead_letter|kafka )/.test(found),
      );
      expect(others).toEqual([]);
      const text = JSON.stringify(leaks);
      for (const [needle] of values) if (needle.length > 8) expect(text.includes(needle)).toBe(false);
    },
    HOUR,
  );
});

/** Databases of an installation may bear its name in front. */
function sameButForPrefix(found: string, place: string): boolean {
  return found === place || found.replace(/^table \w*?(matcher|reporting) /, 'table $1 ') === place;
}
