import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';

export interface EarlierSchema {
  /** A database of today's schema, with data. */
  from: string;
  /** An empty database. */
  to: string;
  /** The folder of all migrations. */
  migrations: string;
  /** How many of them the earlier program knew. */
  upTo: number;
  /** Applies the migrations of a folder to `to`. */
  migrate(directory: string): Promise<unknown>;
}

/** How many migrations a folder holds. */
export const countMigrations = async (directory: string): Promise<number> => (await migrationsOf(directory)).length;

const migrationsOf = async (directory: string) =>
  (await readdir(directory)).filter((file) => /^\d{4}_.*\.sql$/.test(file)).sort();

/**
 * Makes of `to` what an earlier version of the program would have left: its schema, and of the data what that schema has a place for. Returns the
 * number of rows of each table.
 */
export async function withEarlierSchema(options: EarlierSchema): Promise<Record<string, number>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hedui-migrations-'));
  const clients = [options.from, options.to].map((connectionString) => new pg.Client({ connectionString }));
  const [from, to] = clients;
  if (from === undefined || to === undefined) throw new Error('no client');
  try {
    for (const file of (await migrationsOf(options.migrations)).slice(0, options.upTo)) {
      await copyFile(path.join(options.migrations, file), path.join(folder, file));
    }
    await options.migrate(folder);
    await Promise.all(clients.map((client) => client.connect()));
    await to.query('SET session_replication_role = replica');
    const tables = await tablesOf(to);
    for (const table of tables.keys()) await to.query(`TRUNCATE ${pg.escapeIdentifier(table)} CASCADE`);
    const counts: Record<string, number> = {};
    for (const [table, columns] of tables) counts[table] = await copyTable(from, to, table, columns);
    return counts;
  } finally {
    await Promise.all(clients.map((client) => client.end()));
    await rm(folder, { recursive: true, force: true });
  }
}

interface Column {
  name: string;
  identity: boolean;
}

async function tablesOf(client: pg.Client): Promise<Map<string, Column[]>> {
  const { rows } = await client.query<{ table_name: string; column_name: string; is_identity: string }>(
    `SELECT c.table_name, c.column_name, c.is_identity FROM information_schema.columns c
     JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> 'schema_migration' AND is_generated = 'NEVER'
     ORDER BY c.table_name, c.ordinal_position`,
  );
  const tables = new Map<string, Column[]>();
  for (const { table_name, column_name, is_identity } of rows) {
    const columns = tables.get(table_name) ?? [];
    columns.push({ name: column_name, identity: is_identity === 'YES' });
    tables.set(table_name, columns);
  }
  return tables;
}

/** Rows of today in the columns of then; what the earlier migrations had put there themselves is replaced. */
async function copyTable(from: pg.Client, to: pg.Client, table: string, columns: readonly Column[]): Promise<number> {
  // With its schema: a table may be called as a type is.
  const name = `public.${pg.escapeIdentifier(table)}`;
  const now = (await tablesOf(from)).get(table);
  if (now === undefined) return 0;
  const kept = columns.filter((column) => now.some((other) => other.name === column.name));
  const list = kept.map((column) => pg.escapeIdentifier(column.name)).join(', ');
  const { rows } = await from.query<{ all: string | null }>(
    `SELECT jsonb_agg(to_jsonb(t))::text AS all FROM ${name} t`,
  );
  const { rowCount } = await to.query(
    `INSERT INTO ${name} (${list}) OVERRIDING SYSTEM VALUE SELECT ${list} FROM jsonb_populate_recordset(NULL::${name}, $1::jsonb)`,
    [rows[0]?.all ?? '[]'],
  );
  for (const column of kept.filter(({ identity }) => identity)) {
    await to.query(
      `SELECT setval(pg_get_serial_sequence($1, $2), greatest(1, (SELECT max(${pg.escapeIdentifier(column.name)}) FROM ${name})))`,
      [table, column.name],
    );
  }
  return rowCount ?? 0;
}
