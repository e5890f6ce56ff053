import type { Day, LoadMode, LoadState } from '@hedui/contracts';
import { asInteger, type Queryable } from '@hedui/postgres';

export interface TypeStatus {
  recordType: string;
  records: number;
  queued: number;
  loads: { scope: string; asOf: Day; mode: LoadMode; loadId: string; state: LoadState; storedAt: Date | null }[];
}

/** What the source holds: records, persons still to be sent, and the last load of each scope that took effect. */
export async function readStatus(db: Queryable): Promise<TypeStatus[]> {
  const types = await db.query<{ id: number; name: string; records: string; queued: string }>(
    `SELECT t.id, t.name, t.records, (SELECT count(*) FROM slice_pending p WHERE p.record_type = t.id) AS queued
     FROM record_type t ORDER BY t.id`,
  );
  const loads = await db.query<TypeStatus['loads'][number] & { typeId: number }>(
    `SELECT DISTINCT ON (record_type, scope) record_type AS "typeId", scope, as_of AS "asOf", mode, id AS "loadId", state,
       stored_at AS "storedAt" FROM load WHERE seq IS NOT NULL ORDER BY record_type, scope, seq DESC`,
  );
  return types.rows.map((type) => ({
    recordType: type.name,
    records: asInteger(type.records),
    queued: asInteger(type.queued),
    loads: loads.rows.flatMap(({ typeId, ...load }) => (typeId === type.id ? [load] : [])),
  }));
}
