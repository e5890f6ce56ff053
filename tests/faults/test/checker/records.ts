/** I1: each source record ends in exactly one of applied, superseded, withdrawn, rejected. */
import pg from 'pg';
import type { Judgement } from './judgement.js';
import { eventOf, type TopicReader } from './topics.js';

/** What the departments last said, as the test knows it from the files that it sent. */
export interface ExpectedRecords {
  source: string;
  type: string;
  /** Ids of the records that must be held now. */
  held: ReadonlySet<string>;
}

interface NewestSlice {
  epoch: number;
  counter: number;
  records: unknown[][];
}

/** Where a slice's record names itself; the slices of the other types hold no id. */
const ID_AT: Readonly<Record<string, number>> = { registration: 1, account: 1, role: 1, marriage: 1, assistance: 1 };

async function newestSlices(topics: TopicReader, topic: string): Promise<Map<string, NewestSlice>> {
  const newest = new Map<string, NewestSlice>();
  for (const message of await topics.read(topic)) {
    const event = eventOf(message);
    if (event?.type !== 'record.slice' || message.key.length !== 16) continue;
    const [, , epoch, counter, , records] = event.payload as [string, string, number, number, Uint8Array, unknown[][]];
    const key = message.key.toString('hex');
    const known = newest.get(key);
    if (!known || epoch > known.epoch || (epoch === known.epoch && counter >= known.counter)) {
      newest.set(key, { epoch, counter, records });
    }
  }
  return newest;
}

interface RecordRow {
  record_id: string;
  person: string;
  other: string | null;
}

/**
 * Held in the source = expected; each held record in the newest slice of its persons and no other record there; each profile at the
 * version of the newest slice; every load accounted for.
 */
export async function judgeRecords(
  judgement: Judgement,
  at: { sourceUrl: string; matcherUrl: string; topics: TopicReader },
  expected: ExpectedRecords,
): Promise<void> {
  const { source, type } = expected;
  const where = `${source} ${type}`;
  const db = new pg.Client({ connectionString: at.sourceUrl });
  const matcher = new pg.Client({ connectionString: at.matcherUrl });
  await Promise.all([db.connect(), matcher.connect()]);
  try {
    const { rows } = await db.query<RecordRow>(
      `SELECT r.record_id, encode(r.person_key, 'hex') AS person, encode(r.other_person_key, 'hex') AS other
       FROM record r JOIN record_type t ON t.id = r.record_type WHERE t.name = $1`,
      [type],
    );
    const held = new Set(rows.map((row) => row.record_id));
    for (const id of expected.held) if (!held.has(id)) judgement.breach('I1', `${where}: a record is lost`, id);
    for (const id of held)
      if (!expected.held.has(id)) judgement.breach('I1', `${where}: a record is held that should be gone`, id);

    const { rows: loads } = await db.query<{ id: string; state: string; gap: string }>(
      `SELECT l.id, l.state, l.rows_read - l.rows_rejected - l.rows_superseded - l.rows_applied - l.rows_unchanged AS gap
       FROM load l JOIN record_type t ON t.id = l.record_type WHERE t.name = $1 AND l.state <> 'receiving'`,
      [type],
    );
    for (const load of loads) {
      if (load.state !== 'applied' && load.state !== 'refused')
        judgement.breach('I1', `${where}: a load is left ${load.state}`, load.id);
      if (load.state === 'applied' && load.gap !== '0')
        judgement.breach('I1', `${where}: rows of a load are unaccounted for`, `${load.id}: ${load.gap}`);
    }

    const wanted = new Map<string, Set<string>>();
    for (const { record_id, person, other } of rows) {
      for (const key of other === null ? [person] : [person, other]) {
        const ids = wanted.get(key) ?? new Set();
        wanted.set(key, ids.add(record_id));
      }
    }
    const slices = await newestSlices(at.topics, `hedui.source.${source}.${type}`);
    for (const [person, ids] of wanted) {
      const slice = slices.get(person);
      if (!slice) judgement.breach('I1', `${where}: a person has records and no slice`, person);
      else if (slice.records.length !== ids.size)
        judgement.breach(
          'I1',
          `${where}: a slice has another number of records`,
          `${slice.records.length} for ${ids.size}`,
        );
    }
    const idAt = ID_AT[type];
    for (const [person, slice] of slices) {
      const ids = wanted.get(person);
      if (!ids && slice.records.length > 0) judgement.breach('I1', `${where}: a slice outlives its records`, person);
      if (idAt === undefined || !ids) continue;
      for (const record of slice.records) {
        const id = String(record[idAt]);
        // A sealed id is not the department's own: the number of records has been compared already.
        if (!ids.has(id) && !id.startsWith('sealed:'))
          judgement.breach('I1', `${where}: a slice holds a record that is not held`, id);
      }
    }

    const { rows: profiles } = await matcher.query<{ person: string; epoch: number; counter: string }>(
      `SELECT encode(person_key, 'hex') AS person, ${type}_epoch AS epoch, ${type}_counter AS counter
       FROM profile WHERE ${type}_counter IS NOT NULL`,
    );
    const versions = new Map(profiles.map((row) => [row.person, `${row.epoch}.${row.counter}`]));
    for (const [person, slice] of slices) {
      const version = versions.get(person);
      if (version !== `${slice.epoch}.${slice.counter}`)
        judgement.breach(
          'I1',
          `${where}: a profile is not at the newest slice`,
          `${version} for ${slice.epoch}.${slice.counter}`,
        );
    }
    for (const person of versions.keys())
      if (!slices.has(person)) judgement.breach('I1', `${where}: a profile without a slice`, person);
  } finally {
    await Promise.all([db.end(), matcher.end()]);
  }
}
