import { errorCode } from '@hedui/errors';
import type { Client } from '@hedui/postgres';

/** With fewer rows than this it is not worth it. */
const MANY = 20_000;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Fills the table of records, which holds nothing yet, by `work`: its indexes are made when the rows are there, which takes a
 * quarter to a half of the time that they take row by row, and less the larger they are. Where the table holds records, or somebody is
 * using it, `work` alone is done. All in the caller's transaction: a failure leaves the indexes as they were, and so does an id that comes twice.
 */
export async function fillingRecords<T>(client: Client, rows: number, work: () => Promise<T>): Promise<T> {
  if (rows < MANY || !(await holdEmptyTable(client))) return await work();
  const { rows: indexes } = await client.query<{ drop: string; make: string }>(
    `SELECT format('ALTER TABLE record DROP CONSTRAINT %I', conname) AS drop,
       format('ALTER TABLE record ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)) AS make
     FROM pg_constraint WHERE conrelid = 'record'::regclass AND contype = 'p'
     UNION ALL
     SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
     FROM pg_index WHERE indrelid = 'record'::regclass AND NOT indisunique`,
  );
  for (const { drop } of indexes) await client.query(drop);
  const done = await work();
  for (const { make } of indexes) await client.query(make);
  return done;
}

/** True: the table is empty and nobody else gets at it before the transaction ends. */
async function holdEmptyTable(client: Client): Promise<boolean> {
  const isEmpty = async () => (await client.query('SELECT FROM record LIMIT 1')).rows.length === 0;
  if (!(await isEmpty()) || !(await isOurs(client))) return false;
  await client.query('SAVEPOINT held');
  try {
    await client.query('LOCK TABLE record IN ACCESS EXCLUSIVE MODE NOWAIT');
    if (await isEmpty()) return true;
  } catch (error) {
    if (errorCode(error) !== LOCK_NOT_AVAILABLE) throw error;
  }
  await client.query('ROLLBACK TO SAVEPOINT held');
  return false;
}

/** Only who owns a table may make its indexes: migrations may have been run by another. */
async function isOurs(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ ours: boolean }>(
    "SELECT pg_has_role(relowner, 'USAGE') AS ours FROM pg_class WHERE oid = 'record'::regclass",
  );
  return rows[0]?.ours ?? false;
}
