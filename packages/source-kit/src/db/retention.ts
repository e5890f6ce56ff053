import { allowLonger, type Client, inTransaction, type Pool } from '@hedui/postgres';

/** What the end of retention removed. */
export interface Forgotten {
  versions: number;
  chunks: number;
  names: number;
}

/**
 * Removes what records said before, once it has been kept for so many months after they changed or were withdrawn; then the sealed rows and
 * the names that no record points to any more. Versions that a load under way may still ask for are left, and names are left alone while a load is under way: it may have found them known. Current
 * records stay as long as their department holds them.
 */
export async function forgetOldVersions(pool: Pool, months: number): Promise<Forgotten> {
  return await inTransaction(pool, async (client) => {
    await allowLonger(client, 1800);
    const versions = await count(
      client,
      `DELETE FROM record_version v USING load l
       WHERE l.record_type = v.record_type AND l.seq = v.until_seq AND l.stored_at < now() - make_interval(months => $1)
         AND NOT EXISTS (SELECT FROM load o WHERE o.record_type = v.record_type AND o.state IN ('receiving', 'received')
           AND o.known_at_seq < v.until_seq)`,
      [months],
    );
    if (versions === 0) return { versions, chunks: 0, names: 0 };
    // Holds off loads that would begin meanwhile.
    await client.query('LOCK TABLE load IN SHARE ROW EXCLUSIVE MODE');
    const chunks = await count(
      client,
      `DELETE FROM evidence_chunk e USING load l
       WHERE l.no = e.load_no AND l.stored_at IS NOT NULL
         AND NOT EXISTS (SELECT FROM record r WHERE r.chunk = e.id)
         AND NOT EXISTS (SELECT FROM record_version v WHERE v.chunk = e.id)`,
    );
    const names = await count(
      client,
      `DELETE FROM person_name n
       WHERE NOT EXISTS (SELECT FROM load WHERE state IN ('receiving', 'received'))
         AND NOT EXISTS (SELECT FROM record r WHERE r.person_key = n.person_key AND r.name_key = n.name_key)
         AND NOT EXISTS (SELECT FROM record r WHERE r.other_person_key = n.person_key AND r.other_name_key = n.name_key)
         AND NOT EXISTS (SELECT FROM record_version v WHERE v.person_key = n.person_key AND v.name_key = n.name_key)
         AND NOT EXISTS (SELECT FROM record_version v WHERE v.other_person_key = n.person_key AND v.other_name_key = n.name_key)`,
    );
    return { versions, chunks, names };
  });
}

async function count(client: Client, statement: string, values: unknown[] = []): Promise<number> {
  const { rowCount } = await client.query(statement, values);
  return rowCount ?? 0;
}
