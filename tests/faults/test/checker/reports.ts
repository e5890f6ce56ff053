/** I2: one report per household of a batch. I3: counts and rates equal a recomputation from the reports. */
import { inflateRawSync } from 'node:zlib';
import { decode } from '@msgpack/msgpack';
import pg from 'pg';
import type { Judgement } from './judgement.js';
import { eventOf, type TopicReader } from './topics.js';

/** A report as the API gives it, as far as judging needs it. */
export interface GivenReport {
  reportNo: string;
  householdRef: string | null;
  programme: string;
  verificationType: string;
  region: string;
  conclusion: string;
  tier: string | null;
  findings: { code: string; effect: string }[];
  sources: { source: string; state: string }[];
}

export interface ExpectedBatch {
  id: string;
  /** References of the households that must have a report. */
  accepted: ReadonlySet<string>;
  /** reference → the applicant's document. */
  applicants: ReadonlyMap<string, string>;
}

/** The households of a report chunk: [place, applicant key, programme, verification type, region, area, [conclusion, tier, …]]. */
function householdsOf(payload: unknown): unknown[][] {
  const rows = decode(inflateRawSync((payload as unknown[])[6] as Uint8Array));
  return rows as unknown[][];
}

/** Of a household as it lies in a report chunk: its seventh field is the assessment, which begins with the conclusion. */
const conclusionOf = (household: readonly unknown[]): string => String((household[6] as unknown[])[0]);

const chunkIdOf = (payload: unknown): string => String((payload as unknown[])[0]);
const purposeOf = (payload: unknown): string => String((payload as unknown[])[7]);

/** The first report of each chunk in topic order: all reports of a chunk lie in one partition. */
export async function firstReports(topics: TopicReader): Promise<Map<string, unknown[][]>> {
  const first = new Map<string, unknown[][]>();
  for (const topic of ['hedui.verification.reports', 'hedui.verification.reports.online']) {
    for (const message of await topics.read(topic)) {
      const event = eventOf(message);
      if (event?.type !== 'verification.reported' || purposeOf(event.payload) !== 'verification') continue;
      const id = chunkIdOf(event.payload);
      if (!first.has(id)) first.set(id, householdsOf(event.payload));
    }
  }
  return first;
}

/** Judges one batch: what is stored, what the API gives, and what the ledger counted of it. */
export async function judgeBatch(
  judgement: Judgement,
  at: { verificationUrl: string; reportingUrl: string; first: ReadonlyMap<string, unknown[][]> },
  expected: ExpectedBatch,
  given: readonly GivenReport[],
  counts: { accepted: number; reports: number; withdrawn?: number; stuck?: number },
): Promise<void> {
  const refs = given.map((report) => report.householdRef ?? '');
  const named = new Set(refs);
  judgement.same('I2', 'reports that the API gives', refs.length, expected.accepted.size);
  judgement.same('I2', 'households that have several reports', refs.length - named.size, 0);
  judgement.same('I2', 'report numbers given twice', given.length - new Set(given.map((r) => r.reportNo)).size, 0);
  const missing = [...expected.accepted].filter((ref) => !named.has(ref));
  if (missing.length > 0) judgement.breach('I2', 'households without a report', `${missing.length}`);
  judgement.same('I3', 'counts.accepted', counts.accepted, expected.accepted.size);
  judgement.same('I3', 'counts.reports', counts.reports, named.size);
  judgement.same('I3', 'counts.withdrawn', counts.withdrawn ?? 0, 0);
  judgement.same('I3', 'counts.stuck', counts.stuck ?? 0, 0);

  const db = new pg.Client({ connectionString: at.verificationUrl });
  const ledger = new pg.Client({ connectionString: at.reportingUrl });
  await Promise.all([db.connect(), ledger.connect()]);
  try {
    const { rows: chunks } = await db.query<{
      id: string;
      households: number;
      stored: string;
      state: string;
      event: Buffer;
    }>(
      `SELECT c.id, c.households, c.state, count(r.chunk_no) AS stored, min(r.event) AS event
       FROM chunk c LEFT JOIN chunk_report r ON r.chunk_no = c.no WHERE c.batch_id = $1 GROUP BY c.no`,
      [expected.id],
    );
    judgement.same(
      'I2',
      'households in chunks',
      chunks.reduce((sum, chunk) => sum + chunk.households, 0),
      expected.accepted.size,
    );
    for (const chunk of chunks) {
      if (chunk.stored !== '1' || chunk.state !== 'reported') {
        judgement.breach('I2', 'a chunk without exactly one report', `${chunk.id}: ${chunk.stored}, ${chunk.state}`);
        continue;
      }
      const stored = householdsOf((decode(chunk.event) as unknown[])[6]);
      const places = stored.map((household) => Number(household[0])).sort((a, b) => a - b);
      if (places.length !== chunk.households || places.some((place, i) => place !== i))
        judgement.breach('I2', 'a chunk whose report has not each household once', chunk.id);
      const onTopic = at.first.get(chunk.id);
      if (!onTopic) judgement.breach('I2', 'a stored report that is not on the topic', chunk.id);
      else if (JSON.stringify(onTopic) !== JSON.stringify(stored))
        judgement.breach('I2', 'a stored report that is not the first on the topic', chunk.id);
      const { rows: counted } = await ledger.query<{ index: number; conclusion: string }>(
        `SELECT l.index, l.conclusion FROM ledger l JOIN chunk c USING (chunk_no) WHERE c.chunk_id = $1 ORDER BY l.index`,
        [chunk.id],
      );
      judgement.same(
        'I3',
        `ledger rows of ${chunk.id}`,
        { n: counted.length, places: new Set(counted.map(({ index }) => index)).size },
        { n: chunk.households, places: chunk.households },
      );
      const concluded = new Map(stored.map((household) => [Number(household[0]), conclusionOf(household)]));
      const others = counted.filter(({ index, conclusion }) => concluded.get(index) !== conclusion);
      if (others.length > 0)
        judgement.breach('I3', 'the ledger counts what was not reported', `${chunk.id}: ${others.length} households`);
    }
  } finally {
    await Promise.all([db.end(), ledger.end()]);
  }
}

export interface Figures {
  completed: number;
  incomplete: number;
  flagged: number;
  detected: number;
  lowIncome: number;
}

/**
 * The rates of several batches in the order of their making, counted from their reports: a household counts once for a programme and
 * verification type, with its latest report.
 */
export function recount(
  batches: readonly { expected: ExpectedBatch; given: readonly GivenReport[] }[],
): Map<string, Figures> {
  const latest = new Map<string, GivenReport>();
  for (const { expected, given } of batches) {
    for (const report of given) {
      const who = expected.applicants.get(report.householdRef ?? '') ?? report.householdRef;
      latest.set([who, report.programme, report.verificationType].join('\n'), report);
    }
  }
  const figures = new Map<string, Figures>();
  for (const report of latest.values()) {
    const row = figures.get(report.programme) ?? { completed: 0, incomplete: 0, flagged: 0, detected: 0, lowIncome: 0 };
    figures.set(report.programme, row);
    if (report.conclusion === 'incomplete') {
      row.incomplete++;
      continue;
    }
    row.completed++;
    if (report.findings.some((finding) => finding.effect !== 'info')) row.flagged++;
    if (report.conclusion === 'does_not_meet') row.detected++;
    if (report.tier !== null && report.tier !== 'none') row.lowIncome++;
  }
  return figures;
}

interface RatesRow {
  programme: string;
  completed: number;
  leftOut: { incomplete: number };
  flagged: { count: number };
  detected: { count: number };
  lowIncome: { count: number };
}

/** I3: what `GET /v1/detection-rates?groupBy=programme` says against the recount. */
export function judgeRates(
  judgement: Judgement,
  rows: readonly RatesRow[],
  wanted: ReadonlyMap<string, Figures>,
): void {
  const found = new Map(
    rows.map((row) => [
      row.programme,
      {
        completed: row.completed,
        incomplete: row.leftOut.incomplete,
        flagged: row.flagged.count,
        detected: row.detected.count,
        lowIncome: row.lowIncome.count,
      },
    ]),
  );
  for (const [programme, figures] of wanted)
    judgement.same('I3', `rates of ${programme}`, found.get(programme), figures);
  for (const programme of found.keys())
    if (!wanted.has(programme)) judgement.breach('I3', 'rates of a programme without reports', programme);
}
