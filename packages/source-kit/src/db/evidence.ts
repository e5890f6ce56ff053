import type { Queryable } from '@hedui/postgres';
import type { Sealer } from '@hedui/privacy';
import { evidenceColumns, type RecordTypeDefinition } from '../definition.js';
import { type OpenedName, openEvidence, openName } from '../intake/evidence.js';

/** A record in clear, for somebody who is entitled to see it. */
export interface OpenedRecord {
  person: OpenedName;
  other: OpenedName | null;
  /** The other columns by name: text, days since 1970, months, fen; null where the cell was blank. */
  cells: Readonly<Record<string, unknown>>;
  /** It was changed or withdrawn after the moment asked for. */
  changedSince: boolean;
}

interface Pointer {
  person_key: Buffer;
  name_key: Buffer;
  other_person_key: Buffer | null;
  other_name_key: Buffer | null;
  chunk: string;
  chunk_at: number;
  sealed: Buffer;
  changed: boolean;
}

/**
 * Opens a record as it was when load `seq` had taken effect (null: as it is). Where it came only with a later load, which a report may have
 * met before the load was complete, it is opened as it came first. Null when there is none. `recordId` is in the form of tables
 * (record-ids.ts). Throws SealError. Who may ask, and that they asked, is the caller's to check and to note.
 */
export async function openRecord(
  db: Queryable,
  sealer: Sealer,
  type: RecordTypeDefinition,
  typeId: number,
  recordId: string,
  seq: number | null = null,
): Promise<OpenedRecord | null> {
  const { rows } = await db.query<Pointer>(
    `SELECT r.*, e.sealed FROM (
       SELECT person_key, name_key, other_person_key, other_name_key, chunk, chunk_at, load_seq, false AS changed
       FROM record WHERE record_type = $1 AND record_id = $2
       UNION ALL
       SELECT person_key, name_key, other_person_key, other_name_key, chunk, chunk_at, load_seq, true
       FROM record_version WHERE record_type = $1 AND record_id = $2 AND until_seq > $3
     ) r JOIN evidence_chunk e ON e.id = r.chunk ORDER BY r.load_seq LIMIT 1`,
    [typeId, recordId, seq],
  );
  const row = rows[0];
  if (!row) return null;
  const values = openEvidence(sealer, Number(row.chunk), row.sealed, row.chunk_at);
  const name = async (personKey: Buffer, nameKey: Buffer): Promise<OpenedName> => {
    const found = await db.query<{ sealed: Buffer }>(
      'SELECT sealed FROM person_name WHERE person_key = $1 AND name_key = $2',
      [personKey, nameKey],
    );
    if (!found.rows[0]) throw new Error('a record points to a name that is not there');
    return openName(sealer, personKey, nameKey, found.rows[0].sealed);
  };
  const { other_person_key: otherPerson, other_name_key: otherName } = row;
  return {
    person: await name(row.person_key, row.name_key),
    other: otherPerson && otherName ? await name(otherPerson, otherName) : null,
    changedSince: row.changed,
    cells: Object.fromEntries(evidenceColumns(type).map((column, at) => [column, values[at] ?? null])),
  };
}
