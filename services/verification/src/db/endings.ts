import type { AuthorisationEnding, HouseholdEndingReason } from '@hedui/contracts';
import { asInteger, type Client, type CopyValue, copyRows, type Queryable } from '@hedui/postgres';

const LOCK = `hashtext('verification:authorisations')`;

/** Registrations and endings come one after the other, so that their numbers are in the order of commits. */
export async function lockAuthorisations(client: Client): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
}

/** Nobody registers or ends an authorisation until this transaction has ended; any number may hold this. */
export async function holdAuthorisations(client: Client): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock_shared(${LOCK})`);
}

/** An ending of an authorisation. `programme` '': for every programme. */
export interface StoredEnding {
  id: string;
  seq: number;
  personKey: Buffer;
  numberKey: Buffer;
  programme: string;
  reason: AuthorisationEnding;
  named: Buffer;
  endedAt: Date;
  correlationId: string;
}
export interface NewEnding extends Omit<StoredEnding, 'seq' | 'endedAt'> {
  endedBy: string;
  /** not_eligible: the chunk whose report said so. */
  chunkNo: number | null;
}

interface EndingRow {
  id: string;
  seq: string;
  person_key: Buffer;
  number_key: Buffer;
  programme: string;
  reason: AuthorisationEnding;
  named: Buffer;
  ended_at: Date;
  correlation_id: string;
}

const COLUMNS = 'id, seq, person_key, number_key, programme, reason, named, ended_at, correlation_id';

const stored = (row: EndingRow): StoredEnding => ({
  id: row.id,
  seq: asInteger(row.seq),
  personKey: row.person_key,
  numberKey: row.number_key,
  programme: row.programme,
  reason: row.reason,
  named: row.named,
  endedAt: row.ended_at,
  correlationId: row.correlation_id,
});

/** Ends an authorisation; the ending that stands and whether it is this one. The first stands. Under `lockAuthorisations`. */
export async function insertEnding(
  client: Client,
  ending: NewEnding,
): Promise<{ ending: StoredEnding; isNew: boolean }> {
  const made = await client.query<EndingRow>(
    `INSERT INTO authorisation_ending (id, person_key, number_key, programme, reason, chunk_no, named, ended_by, correlation_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (number_key, person_key, programme) DO NOTHING RETURNING ${COLUMNS}`,
    [
      ending.id,
      ending.personKey,
      ending.numberKey,
      ending.programme,
      ending.reason,
      ending.chunkNo,
      ending.named,
      ending.endedBy,
      ending.correlationId,
    ],
  );
  if (made.rows[0]) return { ending: stored(made.rows[0]), isNew: true };
  const { rows } = await client.query<EndingRow>(
    `SELECT ${COLUMNS} FROM authorisation_ending WHERE number_key = $1 AND person_key = $2 AND programme = $3`,
    [ending.numberKey, ending.personKey, ending.programme],
  );
  if (!rows[0]) throw new RangeError('an ending that is in the way is not there');
  return { ending: stored(rows[0]), isNew: false };
}

/** Writes many endings of households found not eligible; those that stand already stay. Nothing is under way for them. */
export async function insertNotEligible(client: Client, endings: readonly NewEnding[]): Promise<number> {
  if (endings.length === 0) return 0;
  await client.query('CREATE TEMPORARY TABLE new_ending (LIKE authorisation_ending) ON COMMIT DROP');
  await client.query('ALTER TABLE new_ending ALTER seq DROP NOT NULL, ALTER ended_at DROP NOT NULL');
  const rows: CopyValue[][] = endings.map((e) => [
    e.id,
    e.personKey,
    e.numberKey,
    e.programme,
    e.reason,
    e.chunkNo,
    e.named,
    e.endedBy,
    e.correlationId,
  ]);
  await copyRows(
    client,
    {
      table: 'new_ending',
      columns: [
        { name: 'id', type: 'text' },
        { name: 'person_key', type: 'bytea' },
        { name: 'number_key', type: 'bytea' },
        { name: 'programme', type: 'text' },
        { name: 'reason', type: 'text' },
        { name: 'chunk_no', type: 'int8' },
        { name: 'named', type: 'bytea' },
        { name: 'ended_by', type: 'text' },
        { name: 'correlation_id', type: 'text' },
      ],
    },
    [rows],
  );
  const { rowCount } = await client.query(
    `INSERT INTO authorisation_ending
       (id, person_key, number_key, programme, reason, chunk_no, named, ended_by, correlation_id, applied_at)
     SELECT id, person_key, number_key, programme, reason, chunk_no, named, ended_by, correlation_id, now() FROM new_ending
     ON CONFLICT (number_key, person_key, programme) DO NOTHING`,
  );
  await client.query('DROP TABLE new_ending');
  return rowCount ?? 0;
}

/** Endings of these persons' papers. */
export async function endingsOf(db: Queryable, persons: readonly Buffer[]): Promise<StoredEnding[]> {
  const { rows } = await db.query<EndingRow>(
    `SELECT ${COLUMNS} FROM authorisation_ending WHERE person_key = ANY($1::bytea[]) ORDER BY seq`,
    [persons],
  );
  return rows.map(stored);
}

/** Endings that stop work, after a place in the order of changes. */
export async function stoppingEndingsSince(db: Queryable, seq: number): Promise<StoredEnding[]> {
  const { rows } = await db.query<EndingRow>(
    `SELECT ${COLUMNS} FROM authorisation_ending WHERE seq > $1 AND reason <> 'not_eligible' ORDER BY seq`,
    [seq],
  );
  return rows.map(stored);
}

/** Endings whose work under way was not stopped to the end within ten seconds: whoever began it died. */
export async function unappliedEndings(db: Queryable, limit: number): Promise<StoredEnding[]> {
  const { rows } = await db.query<EndingRow>(
    `SELECT ${COLUMNS} FROM authorisation_ending WHERE applied_at IS NULL AND ended_at < now() - interval '10 seconds'
     ORDER BY seq LIMIT $1`,
    [limit],
  );
  return rows.map(stored);
}

export async function markApplied(db: Queryable, id: string): Promise<void> {
  await db.query('UPDATE authorisation_ending SET applied_at = now() WHERE id = $1 AND applied_at IS NULL', [id]);
}

/** Persons with a registered paper or an ending after a place in the order of changes, in that order. */
export async function changesSince(
  db: Queryable,
  seq: number,
  limit: number,
): Promise<{ seq: number; personKey: Buffer }[]> {
  const { rows } = await db.query<{ seq: string; person_key: Buffer }>(
    `SELECT seq, person_key FROM (
       (SELECT seq, person_key FROM authorisation_ending WHERE seq > $1 ORDER BY seq LIMIT $2)
       UNION ALL (SELECT seq, person_key FROM authorisation WHERE seq > $1 ORDER BY seq LIMIT $2)) AS changes
     ORDER BY seq LIMIT $2`,
    [seq, limit],
  );
  return rows.map((row) => ({ seq: asInteger(row.seq), personKey: row.person_key }));
}

/** Marks households of a chunk as ended; the places that were not marked before. */
export async function endHouseholds(
  client: Client,
  chunkNo: number,
  places: readonly number[],
  reason: HouseholdEndingReason,
): Promise<number[]> {
  const { rows } = await client.query<{ place: number }>(
    `INSERT INTO household_ending (chunk_no, place, reason) SELECT $1, place, $3 FROM unnest($2::int[]) AS place
     ON CONFLICT DO NOTHING RETURNING place`,
    [chunkNo, places, reason],
  );
  return rows.map((row) => row.place);
}

/** Places of these chunks whose households have ended, by chunk. */
export async function endedPlaces(db: Queryable, chunkNos: readonly number[]): Promise<Map<number, Set<number>>> {
  const { rows } = await db.query<{ chunk_no: string; place: number }>(
    'SELECT chunk_no, place FROM household_ending WHERE chunk_no = ANY($1::bigint[])',
    [chunkNos],
  );
  const places = new Map<number, Set<number>>();
  for (const row of rows) {
    const no = asInteger(row.chunk_no);
    places.set(no, (places.get(no) ?? new Set()).add(row.place));
  }
  return places;
}

/** Counts households of a batch that get no report (and `reported` of them that had one); ends it when it has all it will get. */
export async function countEnded(client: Client, batchId: string, ended: number, reported: number): Promise<void> {
  await client.query(
    `UPDATE batch b SET withdrawn = b.withdrawn + $2, reports = b.reports - $3,
       state = CASE WHEN b.state = 'running' AND b.reports - $3 + b.withdrawn + b.dropped + $2 >= b.accepted THEN 'done' ELSE b.state END,
       finished_at = CASE WHEN b.state = 'running' AND b.reports - $3 + b.withdrawn + b.dropped + $2 >= b.accepted THEN now()
         ELSE b.finished_at END
     WHERE id = $1`,
    [batchId, ended, reported],
  );
}
