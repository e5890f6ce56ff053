/** Batches that threads read: real threads, as the service begins them, on a real database. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Batch } from '@hedui/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPartThreads, type PartThreads } from '../src/intake/parts/threads.js';
import { type PretendedMatcher, startMatcher } from './support/matcher.js';
import { applicant, csv, member, type Row, residentNumber } from './support/people.js';
import {
  call,
  type Installation,
  inState,
  install,
  post,
  publish,
  type RunningService,
  reportsOf,
  submit,
} from './support/service.js';

const service = path.resolve(__dirname, '..');
const root = path.resolve(service, '../..');
const MARK = '\uFEFF';

/** Threads run what was compiled; jest transforms nothing for them. */
const compile = () =>
  promisify(execFile)(process.execPath, [
    require.resolve('typescript/package.json', { paths: [root] }).replace('package.json', 'bin/tsc'),
    ...['-b', service],
  ]);

/** Faults, repeated references and repeated persons, near and far. */
function rowsOf(count: number): Row[] {
  return Array.from({ length: count }, (_, i): Row[] => {
    const ref = i % 700 === 699 ? `H${i - 600}` : `H${i}`;
    const number = residentNumber(`19${60 + (i % 40)}01${10 + (Math.floor(i / 40) % 18)}`, Math.floor(i / 720) + 100);
    const first = applicant(ref, 0, { id_number: i % 500 === 0 ? residentNumber('19700101', 7) : number });
    if (i % 50 === 3) return [{ ...first, region: '52' }];
    if (i % 50 === 4) return [first, member(ref, 1, 'child', { id_number: '1' })];
    if (i % 50 === 5) return [{ ...first, household_ref: '' }];
    return [first];
  }).flat();
}

describe('batches that threads read', () => {
  let at: Installation;
  let matcher: PretendedMatcher;
  let threads: PartThreads;
  let withThreads: RunningService;
  let without: RunningService;

  beforeAll(async () => {
    await compile();
    threads = createPartThreads(pathToFileURL(path.join(service, 'dist/intake/parts/thread.js')), 2);
    at = await install();
    matcher = await startMatcher(at.log);
    const limits = { maxRows: 7000 };
    withThreads = await at.start(limits, { partThreads: threads });
    without = await at.start(limits);
    await publish(without);
  }, 120_000);
  afterAll(async () => {
    await matcher.close();
    await at.close();
    await threads.close();
  }, 60_000);

  /** Everything that can be read of a batch, but for what is made anew for each. */
  async function outcome(of: RunningService, text: string) {
    const { id } = (await (await submit(of, text)).json()) as Batch;
    const batch = await inState(of, id, 'done');
    const rejects = await (await call(of, `/v1/batches/${id}/rejects?format=csv`)).text();
    const reports = (await reportsOf(of, id)).map((report) =>
      JSON.stringify({ ...report, reportNo: '', batchId: '', digest: '', issuedAt: '' }),
    );
    const { counts, warnings } = batch;
    return { counts, warnings, rejects, reports };
  }

  it('have the counts, warnings, rejects and reports, in their order, of those that are read in one', async () => {
    const text = `${MARK}${csv(...rowsOf(5000))}\n`;
    const [many, one] = [await outcome(withThreads, text), await outcome(without, text)];
    expect(one.counts.accepted).toBeGreaterThan(4000);
    expect(one.rejects.split('\n').length).toBeGreaterThan(200);
    expect(one.warnings).toHaveLength(1);
    expect(many.counts).toEqual(one.counts);
    expect(many.warnings).toEqual(one.warnings);
    expect(many.rejects).toBe(one.rejects);
    expect(many.reports).toEqual(one.reports);
  }, 60_000);

  it('go on here behind a row over two lines', async () => {
    const rows = rowsOf(3000);
    rows.splice(2500, 0, applicant('H-two-lines', 0, { benefit_no: 'B\n1' }));
    const text = `${MARK}${csv(...rows)}`;
    expect(await outcome(withThreads, text)).toEqual(await outcome(without, text));
  }, 60_000);

  it.each([
    ['too many rows', csv(...rowsOf(7100)), 'BODY_TOO_LARGE'],
    ['a byte that is zero near the end', `${csv(...rowsOf(3000))}\n\0`, 'ENCODING_INVALID'],
  ])(
    'are refused whole: %s',
    async (_, text, code) => {
      const before = await at.pool.query('SELECT count(*) FROM chunk');
      const answer = await post(withThreads, '/v1/batches?asOf=2026-11-15', `${MARK}${text}`, {
        'content-type': 'text/csv',
      });
      expect(await answer.json()).toMatchObject({ code });
      expect((await at.pool.query('SELECT count(*) FROM chunk')).rows).toEqual(before.rows);
      expect((await at.pool.query(`SELECT 1 FROM batch WHERE state = 'receiving'`)).rows).toEqual([]);
    },
    60_000,
  );
});
