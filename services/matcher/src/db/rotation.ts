import { PARTITIONS, type RotationMark } from '@hedui/contracts';
import { asInteger, type Client } from '@hedui/postgres';

/** Notes that a mark came through a partition; true when it has come through all of them. */
export async function passRotationMark(client: Client, partition: number, mark: RotationMark): Promise<boolean> {
  const { source, recordType, to, step } = mark;
  // Partitions are applied side by side: the last one has to see the others.
  await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`rotation:${source}:${recordType}`]);
  await client.query(
    `INSERT INTO rotation_mark (source, record_type, to_version, step, partition) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT DO NOTHING`,
    [source, recordType, to, step, partition],
  );
  const { rows } = await client.query<{ n: string }>(
    'SELECT count(*) AS n FROM rotation_mark WHERE source = $1 AND record_type = $2 AND to_version = $3 AND step = $4',
    [source, recordType, to, step],
  );
  return asInteger(rows[0]?.n ?? 0) === PARTITIONS;
}
