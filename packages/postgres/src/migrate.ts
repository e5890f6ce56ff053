import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { inTransaction, type Pool } from './pool.js';

/** `0001_name.sql` … applied in order, each once, never edited afterwards. */
const filePattern = /^(\d{4})_[a-z0-9_]+\.sql$/;

/**
 * Brings the database to the newest migration in `directory`. Any number of processes may call it at once: an
 * advisory lock lets one work. The ledger row is written first and in the migration's own transaction, so a failed
 * migration leaves nothing. `ledger` keeps two sets of migrations in one database apart. Throws when a migration
 * that was applied is no longer there: the program is older than the database.
 */
export async function migrate(pool: Pool, directory: string, ledger = 'schema_migration'): Promise<number> {
  if (!/^[a-z_]+$/.test(ledger)) throw new TypeError('the name of a ledger is lower-case letters');
  const files = (await readdir(directory)).filter((file) => filePattern.test(file)).sort();
  let applied = 0;
  for (;;) {
    const done = await inTransaction(pool, async (client) => {
      await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`migrate:${ledger}`]);
      await client.query(
        `CREATE TABLE IF NOT EXISTS ${ledger} (id int PRIMARY KEY, file text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
      );
      const known = await client.query<{ id: number; file: string }>(`SELECT id, file FROM ${ledger} ORDER BY id`);
      const unknown = known.rows.find((row) => !files.includes(row.file));
      if (unknown) throw new Error(`the database has migration ${unknown.file}, which this program does not know`);
      const next = files[known.rows.length];
      if (next === undefined) return true;
      const id = Number(filePattern.exec(next)?.[1]);
      await client.query(`INSERT INTO ${ledger} (id, file) VALUES ($1, $2)`, [id, next]);
      await client.query(await readFile(path.join(directory, next), 'utf8'));
      return false;
    });
    if (done) return applied;
    applied++;
  }
}
