import { type AuthorisationKind, type Day, formatDay, type Purpose, parseDay } from '@hedui/contracts';
import type { Queryable } from '@hedui/postgres';
import type { PaperTerms } from '../authorisations/in-force.js';

/** A registered paper. */
export interface StoredPaper extends PaperTerms {
  id: string;
  personKey: Buffer;
  numberKey: Buffer;
  region: string;
  /** The department that took it in; null: the centre. */
  owner: string | null;
  named: Buffer;
  registeredAt: Date;
}

interface PaperRow {
  id: string;
  person_key: Buffer;
  number_key: Buffer;
  kind: AuthorisationKind;
  purposes: Purpose[];
  sources: string[] | null;
  region: string;
  owner: string | null;
  signed_on: string;
  until: string | null;
  due_on: string | null;
  signature_on: string | null;
  named: Buffer;
  registered_at: Date;
}

const COLUMNS = `id, person_key, number_key, kind, purposes, sources, region, owner, signed_on::text, until::text, due_on::text,
  signature_on::text, named, registered_at`;

const dayOrNull = (text: string | null): Day | null => (text === null ? null : parseDay(text));
const textOrNull = (day: Day | null): string | null => (day === null ? null : formatDay(day));

function stored(row: PaperRow): StoredPaper {
  const signedOn = parseDay(row.signed_on);
  if (signedOn === null) throw new RangeError('a date of the database is not a date');
  return {
    id: row.id,
    personKey: row.person_key,
    numberKey: row.number_key,
    kind: row.kind,
    purposes: row.purposes,
    sources: row.sources,
    region: row.region,
    owner: row.owner,
    signedOn,
    until: dayOrNull(row.until),
    dueOn: dayOrNull(row.due_on),
    signatureOn: dayOrNull(row.signature_on),
    named: row.named,
    registeredAt: row.registered_at,
  };
}

/** Registers a paper; null when this person's paper of this number is registered. */
export async function insertPaper(
  db: Queryable,
  paper: Omit<StoredPaper, 'registeredAt'> & { registeredBy: string },
): Promise<StoredPaper | null> {
  const { rows } = await db.query<PaperRow>(
    `INSERT INTO authorisation (id, person_key, number_key, kind, purposes, sources, region, owner, signed_on, until, due_on,
       signature_on, named, registered_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     ON CONFLICT (number_key, person_key) DO NOTHING RETURNING ${COLUMNS}`,
    [
      paper.id,
      paper.personKey,
      paper.numberKey,
      paper.kind,
      paper.purposes,
      paper.sources,
      paper.region,
      paper.owner,
      formatDay(paper.signedOn),
      textOrNull(paper.until),
      textOrNull(paper.dueOn),
      textOrNull(paper.signatureOn),
      paper.named,
      paper.registeredBy,
    ],
  );
  return rows[0] ? stored(rows[0]) : null;
}

export async function findPaper(db: Queryable, id: string): Promise<StoredPaper | null> {
  const { rows } = await db.query<PaperRow>(`SELECT ${COLUMNS} FROM authorisation WHERE id = $1`, [id]);
  return rows[0] ? stored(rows[0]) : null;
}

/** Papers of any of these persons, or of any of these numbers. */
export async function papersOf(
  db: Queryable,
  of: { persons?: readonly Buffer[]; numbers?: readonly Buffer[] },
): Promise<StoredPaper[]> {
  const { rows } = await db.query<PaperRow>(
    `SELECT ${COLUMNS} FROM authorisation WHERE person_key = ANY($1::bytea[]) OR number_key = ANY($2::bytea[]) ORDER BY seq`,
    [of.persons ?? [], of.numbers ?? []],
  );
  return rows.map(stored);
}

/** Notes the signature of a green channel; null when there is none to sign, or it was signed. */
export async function signPaper(
  db: Queryable,
  id: string,
  signature: { on: Day; until: Day | null },
): Promise<StoredPaper | null> {
  const { rows } = await db.query<PaperRow>(
    `UPDATE authorisation SET signature_on = $2, until = $3 WHERE id = $1 AND kind = 'green_channel' AND signature_on IS NULL
     RETURNING ${COLUMNS}`,
    [id, formatDay(signature.on), textOrNull(signature.until)],
  );
  return rows[0] ? stored(rows[0]) : null;
}

/** Green channels whose signature was due before `day`, never came, and that have not ended. */
export async function unsignedBefore(db: Queryable, day: Day, limit: number): Promise<StoredPaper[]> {
  const { rows } = await db.query<PaperRow>(
    `SELECT ${COLUMNS} FROM authorisation a
     WHERE kind = 'green_channel' AND signature_on IS NULL AND due_on < $1 AND NOT EXISTS (
       SELECT FROM authorisation_ending e
       WHERE e.number_key = a.number_key AND e.person_key = a.person_key AND e.programme = '')
     ORDER BY due_on LIMIT $2`,
    [formatDay(day), limit],
  );
  return rows.map(stored);
}
