import path from 'node:path';
import {
  type DetectionRates,
  EVERYWHERE,
  GROUP_BY,
  type GroupBy,
  MalformedEvent,
  parseMonth,
  type RateRow,
  type ReportChunk,
  type ReportedHousehold,
  ratesSchema,
  TOPICS,
} from '@hedui/contracts';
import { advance, type LogBatch } from '@hedui/event-log';
import { createLogger } from '@hedui/logging';
import { createPool, inTransaction, migrate, type Pool } from '@hedui/postgres';
import { type TestDatabase, testDatabase } from '@hedui/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { applyReports, LEDGER_GROUP, type LedgerBatch } from '../src/ledger/apply.js';
import { applyEndings } from '../src/ledger/apply-endings.js';
import { readQuestion } from '../src/rates/question.js';
import { detectionRates } from '../src/rates/routes.js';
import {
  assessment,
  batchOf,
  chunkOf,
  endingEvent,
  endingOf,
  finding,
  person,
  reportEvent,
  reported,
} from './builders.js';
import { randomChunks, randomEndings } from './random-reports.js';
import { recount } from './recount.js';

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await testDatabase('reporting');
  pool = createPool({ url: database.url, name: 'test', logger: createLogger('test', 'silent'), max: 4 });
  await migrate(pool, path.join(__dirname, '../migrations'));
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
let offset = 0n;
beforeEach(async () => {
  await pool.query('TRUNCATE ledger, chunk, ending, issue, log_position RESTART IDENTITY');
  offset = 0n;
});

type Outcome = LedgerBatch & { refused: string[] };
/** As the consumer does it. */
async function apply(batch: LogBatch): Promise<Outcome> {
  return await inTransaction(pool, async (client) => {
    const from = await advance(client, LEDGER_GROUP, batch);
    const refused: string[] = [];
    const fresh = batch.messages.filter((message) => message.offset >= from);
    return { ...(await applyReports(client, fresh, settingAside(refused))), refused };
  });
}
function settingAside(refused: string[]): Parameters<typeof applyReports>[2] {
  return {
    decodeOrDeadLetter: (messages, open) =>
      messages.flatMap((message) => {
        try {
          return [{ message, value: open(message) }];
        } catch (error) {
          refused.push(`${message.offset} ${error instanceof MalformedEvent ? error.message : 'not malformed'}`);
          return [];
        }
      }),
  };
}
/** Tells the ledger of endings; how many were new, and what was refused. */
async function end(...values: Buffer[]): Promise<{ added: number; refused: string[] }> {
  const refused: string[] = [];
  const { messages } = batchOf(values, 0n, TOPICS.endings.name);
  const added = await inTransaction(pool, (client) => applyEndings(client, messages, settingAside(refused)));
  return { added, refused };
}
async function report(...chunks: ReportChunk[]): Promise<Outcome> {
  const batch = batchOf(
    chunks.map((chunk) => reportEvent(chunk)),
    offset,
  );
  offset = batch.next;
  return await apply(batch);
}

const now = () => new Date('2026-11-23T02:30:00.123Z');
async function rates(query: Record<string, string>): Promise<DetectionRates> {
  const question = readQuestion({ from: '2026-01', to: '2026-12', ...query }, [EVERYWHERE]);
  const answer = await detectionRates(pool, question, now());
  return ratesSchema.parse(answer);
}

const meets = (n: number, over: Partial<ReportedHousehold> = {}) =>
  reported({ applicant: person(n), assessment: assessment({ conclusion: 'meets', tier: 'dibao' }), ...over });
const fails = (n: number, over: Partial<ReportedHousehold> = {}) =>
  reported({
    applicant: person(n),
    assessment: assessment({
      conclusion: 'does_not_meet',
      tier: 'none',
      findings: [finding('VEHICLE_OWNED', 'fails', 'vehicle')],
    }),
    ...over,
  });

describe('the ledger', () => {
  it('counts a chunk once: the first in topic order, however often it comes', async () => {
    const first = chunkOf('c1', '2026-03-01', [meets(1), fails(2)]);
    const again = chunkOf('c1', '2026-03-01', [fails(1), fails(2)]);
    expect(await report(first, again)).toMatchObject({ chunks: 1, reports: 2 });
    expect(await report(again)).toMatchObject({ chunks: 0, reports: 0 });
    expect((await rates({})).total).toMatchObject({ completed: 2, detected: { count: 1, rate: '0.5000' } });
  });

  it('does nothing when a batch is delivered again', async () => {
    const batch = batchOf([reportEvent(chunkOf('c1', '2026-03-01', [meets(1)]))]);
    await apply(batch);
    expect(await apply(batch)).toMatchObject({ chunks: 0, reports: 0 });
    expect((await rates({})).total.completed).toBe(1);
  });

  it('sets poison aside and goes on', async () => {
    const unknown = chunkOf('c2', '2026-03-01', [
      reported({
        applicant: person(3),
        assessment: assessment({ conclusion: 'meets', findings: [finding('NOT_A_CODE' as 'COOP_MEMBER', 'info')] }),
      }),
    ]);
    const values = [Buffer.from('{}'), reportEvent(unknown), reportEvent(chunkOf('c1', '2026-03-01', [meets(1)]))];
    const { refused, reports } = await apply(batchOf(values));
    expect(reports).toBe(1);
    expect(refused).toEqual(['0 NOT_MESSAGEPACK', '1 BAD_PAYLOAD: unknown finding']);
  });
});

describe('which report counts', () => {
  it('is the latest by as-of date, whatever the order in which they came', async () => {
    await report(chunkOf('c1', '2026-05-01', [meets(1)]), chunkOf('c2', '2026-04-30', [fails(1)]));
    expect((await rates({})).total).toMatchObject({ completed: 1, detected: { count: 0, rate: '0.0000' } });
  });

  it('is, of one date, the one of the later batch, and in a batch the one of the later chunk and place', async () => {
    await report(
      chunkOf('b1-10', '2026-05-01', [meets(1)], 'batch-1'),
      chunkOf('b1-9', '2026-05-01', [fails(1), meets(2), fails(2)], 'batch-1'),
    );
    expect((await rates({})).total).toMatchObject({ completed: 2, detected: { count: 1 } });
    await report(chunkOf('a', '2026-05-01', [fails(1)], 'batch-2'));
    expect((await rates({})).total).toMatchObject({ completed: 2, detected: { count: 2 } });
  });

  it('is one for each programme and verification type, and for each month when grouped by month', async () => {
    await report(
      chunkOf('c1', '2026-04-01', [meets(1), meets(1, { programme: 'dibao_margin' })]),
      chunkOf('c2', '2026-05-01', [fails(1), fails(1, { verificationType: 'petition' })]),
    );
    expect((await rates({})).total.completed).toBe(3);
    const byMonth = await rates({ groupBy: 'month' });
    expect(byMonth.rows).toMatchObject([
      { month: '2026-04', completed: 2, detected: { count: 0 } },
      { month: '2026-05', completed: 2, detected: { count: 2 } },
    ]);
    expect(byMonth.total.completed).toBe(3);
    expect((await rates({ from: '2026-04', to: '2026-04' })).total.completed).toBe(2);
  });

  it('is found in the region of its latest report', async () => {
    await report(
      chunkOf('c1', '2026-04-01', [meets(1)]),
      chunkOf('c2', '2026-05-01', [meets(1, { region: '520103' })]),
    );
    expect((await rates({ region: '520102' })).total.completed).toBe(0);
    expect((await rates({ region: '520100' })).total.completed).toBe(1);
    expect((await rates({ region: '5201' })).total.completed).toBe(1);
  });
});

describe('a household whose authorisation ended', () => {
  const leftOut = async () => (await rates({})).total;
  const chunk = chunkOf('c1', '2026-03-01', [meets(1), fails(2)], 'batch-1');

  it('is left out and told, whether its ending comes before or after its report', async () => {
    await report(chunk);
    expect(await end(endingEvent(endingOf(chunk, 1, 'withdrawn')))).toEqual({ added: 1, refused: [] });
    const after = await leftOut();
    expect(after).toMatchObject({ completed: 1, leftOut: { withdrawn: 1, unauthorised: 0 }, detected: { count: 0 } });
    await pool.query('TRUNCATE ledger, chunk, ending, issue, log_position RESTART IDENTITY');
    offset = 0n;
    await end(endingEvent(endingOf(chunk, 1, 'withdrawn')));
    expect((await leftOut()).leftOut).toEqual({ incomplete: 0, withdrawn: 1, unauthorised: 0 });
    await report(chunk);
    expect(await leftOut()).toEqual(after);
  });

  it('is told once when its report never comes, and its first ending stays', async () => {
    await report(chunkOf('c1', '2026-03-01', [meets(1)], 'batch-1'));
    expect((await end(endingEvent(endingOf(chunk, 1, 'unauthorised')))).added).toBe(1);
    expect((await end(endingEvent(endingOf(chunk, 1, 'withdrawn')))).added).toBe(0);
    const { rows } = await rates({ groupBy: 'region' });
    for (const row of rows) {
      expect(row).toMatchObject({ completed: 1, leftOut: { incomplete: 0, withdrawn: 0, unauthorised: 1 } });
    }
  });

  it('counts by its latest report or ending', async () => {
    await report(chunk);
    const later = chunkOf('c2', '2026-04-01', [meets(2)], 'batch-2');
    await end(endingEvent(endingOf(later, 0, 'withdrawn')));
    expect(await leftOut()).toMatchObject({ completed: 1, leftOut: { withdrawn: 1 } });
    await report(chunkOf('c3', '2026-05-01', [meets(2)], 'batch-3'));
    expect(await leftOut()).toMatchObject({ completed: 2, leftOut: { withdrawn: 0 } });
  });

  it('sets poison aside', async () => {
    const { refused, added } = await end(
      Buffer.from('{}'),
      reportEvent(chunk),
      endingEvent(endingOf(chunk, 0, 'withdrawn')),
    );
    expect([added, refused]).toEqual([1, ['0 NOT_MESSAGEPACK', '1 UNKNOWN_TYPE: verification.reported']]);
  });
});

describe('the answer', () => {
  it('rolls regions up, a row for each level that holds a household', async () => {
    await report(
      chunkOf('c1', '2026-04-01', [meets(1, { region: '520102001' }), fails(2, { region: '520102' })]),
      chunkOf('c2', '2026-04-01', [meets(3, { region: '520200' })]),
    );
    const { rows } = await rates({ groupBy: 'region' });
    expect(rows.map(({ region, level, completed }) => [region, level, completed])).toEqual([
      ['520000', 'province', 3],
      ['520100', 'city', 2],
      ['520102', 'county', 2],
      ['520102001', 'township', 1],
      ['520200', 'city', 1],
    ]);
  });

  it('divides by the households that a source answered for, the incomplete ones too', async () => {
    const silent = assessment({
      conclusion: 'incomplete',
      answered: ['tax'],
      findings: [finding('INCOME_UNDERDECLARED', 'review', 'tax'), finding('SOURCE_NO_REPLY', 'info', 'vehicle')],
    });
    await report(chunkOf('c1', '2026-04-01', [reported({ applicant: person(1), assessment: silent }), fails(2)]));
    const { rows, total } = await rates({ groupBy: 'source' });
    expect(rows.map(({ source, answered, flagged }) => [source, answered, flagged.count, flagged.rate])).toEqual([
      ['business_registry', 1, 0, '0.0000'],
      ['civil_affairs', 1, 0, '0.0000'],
      ['housing_fund', 1, 0, '0.0000'],
      ['tax', 2, 1, '0.5000'],
      ['vehicle', 1, 1, '1.0000'],
    ]);
    expect(rows[0]).not.toHaveProperty('completed');
    expect(total).toMatchObject({ completed: 1, leftOut: { incomplete: 1 }, flagged: { count: 1, rate: '1.0000' } });
  });

  it('gives zeros and null where nobody was verified, and says when it was asked', async () => {
    expect(await rates({ groupBy: 'programme,finding' })).toEqual({
      from: '2026-01',
      to: '2026-12',
      groupBy: ['programme', 'finding'],
      knownOn: '2026-11-23T02:30:00Z',
      rows: [],
      total: {
        completed: 0,
        leftOut: { incomplete: 0, withdrawn: 0, unauthorised: 0 },
        flagged: { count: 0, rate: null },
        detected: { count: 0, rate: null },
        confirmed: { count: 0, rate: null },
        overturned: { count: 0, rate: null },
        lowIncome: { count: 0, rate: null, tiers: { dibao: 0, dibao_margin: 0, rigid_expenditure: 0 } },
      },
    });
  });
});

function subsets(groups: readonly GroupBy[]): GroupBy[][] {
  const sets: GroupBy[][] = [[]];
  for (const group of groups) sets.push(...sets.map((set) => [...set, group]));
  return sets;
}
const byText = (rows: readonly RateRow[]) =>
  rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();

describe('the rates by SQL', () => {
  it.each([1, 2, 3])('equal a plain recount of the reports, for every grouping (seed %i)', async (seed) => {
    const chunks = randomChunks(seed);
    const endings = randomEndings(chunks, seed);
    // Those of the first batch come before its reports, so that the order of issue stays that of the chunks.
    await end(...endings.filter(({ batchId }) => batchId !== null).map(endingEvent));
    await report(...chunks);
    await end(...endings.map(endingEvent));
    const filters = [{}, { programme: 'urban_dibao' }, { type: 'green_channel' }, { region: '520100' }];
    const months = { from: '2026-01', to: '2026-02' };
    for (const [i, groupBy] of subsets(GROUP_BY).entries()) {
      const filter = filters[(i + seed) % filters.length] ?? {};
      const asked = { from: parseMonth(months.from) ?? 0, to: parseMonth(months.to) ?? 0, groupBy, ...filter };
      const expected = recount(chunks, asked, endings);
      const answer = await rates({ ...months, ...filter, groupBy: groupBy.join() });
      expect(answer.total).toEqual(expected.total);
      expect(byText(answer.rows)).toEqual(byText(expected.rows));
    }
  });
});

describe('a caller of some regions', () => {
  const as = async (regions: readonly string[], query: Record<string, string> = {}) => {
    const question = readQuestion({ from: '2026-01', to: '2026-12', ...query }, regions);
    return await detectionRates(pool, question, now());
  };

  it('counts what lies within them, and sees no row that is wider', async () => {
    await report(
      chunkOf('here', '2026-03-01', [
        fails(1, { region: '520102' }),
        fails(2, { region: '520103' }),
        meets(3, { region: '520302' }),
        meets(4, { region: '110101' }),
      ]),
    );
    const one = await as(['520100'], { groupBy: 'region' });
    expect(one.rows.map((row) => [row.region, row.completed])).toEqual([
      ['520100', 2],
      ['520102', 1],
      ['520103', 1],
    ]);
    expect(one.total.completed).toBe(2);
    expect((await as(['520102', '520302'])).total.completed).toBe(2);
    expect((await as([EVERYWHERE])).total.completed).toBe(4);
    expect((await as(['440000'], { groupBy: 'programme' })).rows).toEqual([]);
  });

  it('sees the same of a region as one who may see all: a household that moved away counts where it is now', async () => {
    await report(chunkOf('moved-1', '2026-03-01', [fails(1, { region: '520102' })]));
    await report(chunkOf('moved-2', '2026-06-01', [fails(1, { region: '520302' })]));
    expect((await as(['520102'])).total).toEqual((await as([EVERYWHERE], { region: '520102' })).total);
    expect((await as(['520102'])).total.completed).toBe(0);
    expect((await as(['520302'])).total.completed).toBe(1);
  });

  it('is refused another region, and any without one of its own', async () => {
    for (const region of ['520300', '520000', '5', '110000']) {
      await expect(as(['520100'], { region })).rejects.toThrow('FORBIDDEN');
    }
    expect((await as(['520100'], { region: '520102' })).total.completed).toBe(0);
    await expect(as([])).rejects.toThrow('FORBIDDEN');
  });

  it('has nothing of the database when the service asks wrongly', async () => {
    await report(chunkOf('here', '2026-03-01', [fails(1, { region: '520102' })]));
    const asked = async (sql: string, regions: string | null) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN READ ONLY');
        if (regions !== null) await client.query(`SELECT set_config('hedui.regions', $1, true)`, [regions]);
        await client.query('SET LOCAL ROLE hedui_reporting_reader');
        return (await client.query(sql)).rowCount;
      } finally {
        await client.query('ROLLBACK');
        client.release();
      }
    };
    const latest = 'SELECT * FROM latest_in_reach(0, 100000, NULL, NULL, NULL, false)';
    expect(await asked(latest, null)).toBe(0);
    expect(await asked(latest, '')).toBe(0);
    expect(await asked(latest, '5203%')).toBe(0);
    expect(await asked(latest, '5201%')).toBe(1);
    for (const table of ['ledger', 'ending', 'chunk']) {
      await expect(asked(`SELECT * FROM ${table}`, '%')).rejects.toThrow('permission denied');
    }
  });
});
