import pg from 'pg';

/** What one database has written since it was made: rows by table, transactions, and bytes of log of the whole server. */
export interface Counters {
  tables: Record<
    string,
    { inserted: number; updated: number; deleted: number; indexScans: number; tableScans: number }
  >;
  commits: number;
  walBytes: number;
}

interface TableRow {
  relname: string;
  inserted: string;
  updated: string;
  deleted: string;
  index_scans: string | null;
  table_scans: string;
}

/** Reads the counters of each database; PostgreSQL's own statistics, a second late at most. */
export async function countersOf(databases: Readonly<Record<string, string>>): Promise<Record<string, Counters>> {
  const found: Record<string, Counters> = {};
  for (const [name, url] of Object.entries(databases)) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    try {
      const tables = await client.query<TableRow>(
        `select relname, n_tup_ins as inserted, n_tup_upd as updated, n_tup_del as deleted, idx_scan as index_scans, seq_scan as table_scans
         from pg_stat_user_tables`,
      );
      const other = await client.query<{ commits: string; wal_bytes: string }>(
        `select (select xact_commit from pg_stat_database where datname = current_database()) as commits, wal_bytes from pg_stat_wal`,
      );
      found[name] = {
        tables: Object.fromEntries(
          tables.rows.map((row) => [
            row.relname,
            {
              inserted: Number(row.inserted),
              updated: Number(row.updated),
              deleted: Number(row.deleted),
              indexScans: Number(row.index_scans ?? 0),
              tableScans: Number(row.table_scans),
            },
          ]),
        ),
        commits: Number(other.rows[0]?.commits ?? 0),
        walBytes: Number(other.rows[0]?.wal_bytes ?? 0),
      };
    } finally {
      await client.end();
    }
  }
  return found;
}

/** What happened between two readings, as text: tables that were not written are left out. */
export function counted(before: Record<string, Counters>, after: Record<string, Counters>, households: number): string {
  const lines: string[] = [];
  const each = (value: number): string => (value / households).toFixed(3);
  for (const [name, now] of Object.entries(after)) {
    const then = before[name];
    lines.push(`${name}: ${now.commits - (then?.commits ?? 0)} commits`);
    for (const [table, counts] of Object.entries(now.tables)) {
      const old = then?.tables[table];
      const [inserted, updated, deleted, scans] = [
        counts.inserted - (old?.inserted ?? 0),
        counts.updated - (old?.updated ?? 0),
        counts.deleted - (old?.deleted ?? 0),
        counts.indexScans - (old?.indexScans ?? 0),
      ];
      if (inserted + updated + deleted === 0) continue;
      lines.push(
        `  ${table.padEnd(32)} a household: ${each(inserted)} inserted, ${each(updated)} updated, ${each(deleted)} deleted, ${each(scans)} index scans`,
      );
    }
  }
  const wal = Math.max(0, ...Object.entries(after).map(([name, now]) => now.walBytes - (before[name]?.walBytes ?? 0)));
  lines.push(`log written by the server: ${each(wal)} bytes a household`);
  return lines.join('\n');
}
