import { asInteger, type Client, type Queryable } from '@hedui/postgres';

export type RotationStepName = 'translating' | 'doubling' | 'doubled' | 'clearing' | 'done';

/** A rotation of the pseudonym key as this source has it. */
export interface Rotation {
  from: string;
  to: string;
  step: RotationStepName;
  after: Buffer;
  done: number;
  drained: boolean;
}

interface Row {
  from_version: string;
  to_version: string;
  step: RotationStepName;
  after_key: Buffer;
  done: string;
  drained: boolean;
}

/** The rotation under way; null when there is none. */
export async function openRotation(db: Queryable): Promise<Rotation | null> {
  const { rows } = await db.query<Row>("SELECT * FROM key_rotation WHERE step <> 'done' LIMIT 1");
  const row = rows[0];
  if (!row) return null;
  return {
    from: row.from_version,
    to: row.to_version,
    step: row.step,
    after: row.after_key,
    done: asInteger(row.done),
    drained: row.drained,
  };
}

/** The same, held until the transaction ends, so that two processes never work at one step. */
export async function lockRotation(client: Client, to: string, step: RotationStepName): Promise<Rotation | null> {
  await client.query('SELECT FROM key_rotation WHERE to_version = $1 FOR UPDATE', [to]);
  const rotation = await openRotation(client);
  return rotation?.to === to && rotation.step === step ? rotation : null;
}

/** Begins a rotation unless one to this version was made before; false then. */
export async function beginRotation(
  db: Queryable,
  rotation: { from: string; to: string; step: 'translating' | 'doubling' },
): Promise<boolean> {
  const { rowCount } = await db.query(
    'INSERT INTO key_rotation (from_version, to_version, step) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [rotation.from, rotation.to, rotation.step],
  );
  return rowCount === 1;
}

/** Goes on to another step, from its beginning. */
export async function enterStep(db: Queryable, to: string, step: RotationStepName): Promise<void> {
  await db.query("UPDATE key_rotation SET step = $2, after_key = '', done = 0 WHERE to_version = $1", [to, step]);
}

/** Notes how far a step is. */
export async function noteProgress(db: Queryable, to: string, after: Uint8Array, more: number): Promise<void> {
  await db.query('UPDATE key_rotation SET after_key = $2, done = done + $3 WHERE to_version = $1', [to, after, more]);
}

/** Verification has said that nothing needs the version before any more. */
export async function noteDrained(db: Queryable, to: string): Promise<void> {
  await db.query('UPDATE key_rotation SET drained = true WHERE to_version = $1', [to]);
}

/** What was doubled is marked once more: it is known that every slice was sent under both versions, but not that anybody heard so. */
export async function markAgain(db: Queryable, to: string): Promise<void> {
  await db.query(
    "UPDATE key_rotation SET step = 'doubling' WHERE to_version = $1 AND step = 'doubled' AND NOT drained",
    [to],
  );
}

/** The version before is taken back once more, unless another has taken the place of this one. */
export async function clearAgain(db: Queryable, to: string): Promise<void> {
  await db.query(
    `UPDATE key_rotation SET step = 'clearing', after_key = '', done = 0
     WHERE to_version = $1 AND step = 'done' AND to_version = (SELECT sent_version FROM source_state)
       AND NOT EXISTS (SELECT FROM key_rotation WHERE step <> 'done')`,
    [to],
  );
}

/** False when everything stands and is sent under these keys, and no rotation is under way. */
export async function anyToRotate(db: Queryable, ringKey: string, pseudonymKey: string): Promise<boolean> {
  const { rows } = await db.query<{ any: boolean }>(
    `SELECT EXISTS (SELECT FROM key_rotation WHERE step <> 'done') OR EXISTS (
       SELECT FROM source_state WHERE sealed_under IS DISTINCT FROM $1 OR sent_version IS DISTINCT FROM $2) AS any`,
    [ringKey, pseudonymKey],
  );
  return rows[0]?.any ?? true;
}

/** The version under which slices are sent; null before the keys were read. */
export async function sentVersion(db: Queryable): Promise<string | null> {
  const { rows } = await db.query<{ sent_version: string | null }>('SELECT sent_version FROM source_state');
  return rows[0]?.sent_version ?? null;
}

export async function writeSentVersion(db: Queryable, version: string): Promise<void> {
  await db.query('UPDATE source_state SET sent_version = $1', [version]);
}

/** Who somebody is, sealed. */
export interface SealedName {
  personKey: Buffer;
  nameKey: Buffer;
  sealed: Buffer;
}

const names = (rows: { person_key: Buffer; name_key: Buffer; sealed: Buffer }[]): SealedName[] =>
  rows.map((row) => ({ personKey: row.person_key, nameKey: row.name_key, sealed: row.sealed }));

/** Names after a (person, name), in their order. */
export async function namesAfter(db: Queryable, after: Buffer, limit: number): Promise<SealedName[]> {
  const { rows } = await db.query<{ person_key: Buffer; name_key: Buffer; sealed: Buffer }>(
    `SELECT person_key, name_key, sealed FROM person_name WHERE (person_key, name_key) > ($1, $2)
     ORDER BY person_key, name_key LIMIT $3`,
    [after.subarray(0, 16), after.subarray(16), limit],
  );
  return names(rows);
}

/** All names of some persons. */
export async function namesOf(db: Queryable, persons: readonly Buffer[]): Promise<SealedName[]> {
  const { rows } = await db.query<{ person_key: Buffer; name_key: Buffer; sealed: Buffer }>(
    'SELECT person_key, name_key, sealed FROM person_name WHERE person_key = ANY($1::bytea[])',
    [persons],
  );
  return names(rows);
}

/** Persons after a key, in their order. */
export async function personsAfter(db: Queryable, after: Buffer, limit: number): Promise<Buffer[]> {
  const { rows } = await db.query<{ person_key: Buffer }>(
    'SELECT DISTINCT person_key FROM person_name WHERE person_key > $1 ORDER BY person_key LIMIT $2',
    [after, limit],
  );
  return rows.map((row) => row.person_key);
}

export async function countNames(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ n: string }>('SELECT count(*) AS n FROM person_name');
  return asInteger(rows[0]?.n ?? 0);
}

/** Keys by the hexadecimal text of the own one. */
export async function findPseudonyms(
  db: Queryable,
  version: string,
  own: readonly Buffer[],
): Promise<Map<string, Buffer>> {
  if (own.length === 0) return new Map();
  const { rows } = await db.query<{ own: Buffer; sent: Buffer }>(
    'SELECT own, sent FROM pseudonym WHERE version = $1 AND own = ANY($2::bytea[])',
    [version, own],
  );
  return new Map(rows.map((row) => [row.own.toString('hex'), row.sent]));
}

/** Keeps translations; those that are there stay as they are. */
export async function addPseudonyms(
  db: Queryable,
  version: string,
  pairs: readonly (readonly [own: Buffer, sent: Buffer])[],
): Promise<void> {
  if (pairs.length === 0) return;
  await db.query(
    `INSERT INTO pseudonym (version, own, sent)
     SELECT DISTINCT ON (own) $1, own, sent FROM unnest($2::bytea[], $3::bytea[]) AS p(own, sent) ORDER BY own
     ON CONFLICT DO NOTHING`,
    [version, pairs.map(([own]) => own), pairs.map(([, sent]) => sent)],
  );
}

/** Forgets some translations of a version; false when none were left. */
export async function forgetPseudonyms(db: Queryable, version: string, limit: number): Promise<boolean> {
  const { rowCount } = await db.query(
    'DELETE FROM pseudonym WHERE version = $1 AND own IN (SELECT own FROM pseudonym WHERE version = $1 LIMIT $2)',
    [version, limit],
  );
  return (rowCount ?? 0) > 0;
}

/** A record of a person with the place of its evidence. */
export interface BenefitRecord {
  blind: Buffer;
  chunk: number;
  at: number;
}

/** The records of a type of some persons, by the chunk of their evidence. */
export async function recordsOf(db: Queryable, typeId: number, persons: readonly Buffer[]): Promise<BenefitRecord[]> {
  const { rows } = await db.query<{ blind: Buffer; chunk: string; chunk_at: number }>(
    `SELECT blind, chunk, chunk_at FROM record
     WHERE record_type = $1 AND (person_key = ANY($2::bytea[]) OR other_person_key = ANY($2::bytea[])) ORDER BY chunk`,
    [typeId, persons],
  );
  return rows.map((row) => ({ blind: row.blind, chunk: asInteger(row.chunk), at: row.chunk_at }));
}

/** A chunk of evidence, sealed; null when it is gone. */
export async function evidenceChunk(db: Queryable, chunk: number): Promise<Buffer | null> {
  const { rows } = await db.query<{ sealed: Buffer }>('SELECT sealed FROM evidence_chunk WHERE id = $1', [chunk]);
  return rows[0]?.sealed ?? null;
}
