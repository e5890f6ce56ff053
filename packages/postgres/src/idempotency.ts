import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { HeduiError } from '@hedui/errors';
import { migrate } from './migrate.js';
import { type Pool, type Queryable, storageError } from './pool.js';

export interface IdempotencyEntry {
  key: string;
  caller: string;
  route: string;
}
export interface StoredAnswer {
  status: number;
  body: string;
}
export type IdempotencyState =
  | { state: 'new' }
  | { state: 'made'; fingerprint: string; made: string }
  | { state: 'under_way' }
  | { state: 'done'; fingerprint: string; answer: StoredAnswer };

/** The transaction of the work that is noted. */
export interface WorkTransaction {
  query(text: string, values: unknown[]): Promise<{ rowCount: number | null }>;
}

export interface IdempotencyOptions {
  /** How long an entry stays under way after its process died, in milliseconds (default 20 s). */
  leaseMs?: number;
  /** How long answers are kept, in milliseconds (default 48 h). */
  keepMs?: number;
  /** The table was made by `migrateIdempotency` with the owner's pool; this pool may not make it. */
  migrated?: boolean;
}

const DAY_MS = 86_400_000;
const SWEEP_EVERY_MS = 600_000;
const migrations = fileURLToPath(new URL('../migrations', import.meta.url));

/** Makes or updates the table of Idempotency-Keys, beside the service's own migrations, with a ledger of its own. */
export function migrateIdempotency(pool: Pool): Promise<number> {
  return migrate(pool, migrations, 'idempotency_migration');
}

const place = ({ route, caller, key }: IdempotencyEntry) => [route, caller, key];

/** Takes the entry for `holder` when nobody has it, its holder's lease has ended, or its answer is older than `keepMs`. */
async function take(db: Queryable, entry: IdempotencyEntry, holder: string, leaseMs: number, keepMs: number) {
  const taken = await db.query<Taken>(
    `INSERT INTO idempotency_key AS known (route, caller, key, holder, lease_until)
     VALUES ($1, $2, $3, $4, now() + $5 * interval '1 millisecond')
     ON CONFLICT (route, caller, key) DO UPDATE
       SET holder = excluded.holder, lease_until = excluded.lease_until,
           finished_at = NULL, fingerprint = NULL, status = NULL, body = NULL,
           made = CASE WHEN known.finished_at IS NULL THEN known.made END,
           made_fingerprint = CASE WHEN known.finished_at IS NULL THEN known.made_fingerprint END
       WHERE known.lease_until < now() OR known.finished_at < now() - $6 * interval '1 millisecond'
     RETURNING made, made_fingerprint AS fingerprint`,
    [...place(entry), holder, leaseMs, keepMs],
  );
  return taken.rows[0] ?? null;
}

interface Taken {
  /** What a call that died had committed. */
  made: string | null;
  fingerprint: string | null;
}

interface Row {
  finished: boolean;
  fingerprint: string | null;
  status: number | null;
  body: string | null;
}

async function read(db: Queryable, entry: IdempotencyEntry): Promise<IdempotencyState | null> {
  const found = await db.query<Row>(
    `SELECT finished_at IS NOT NULL AS finished, fingerprint, status, body
     FROM idempotency_key WHERE route = $1 AND caller = $2 AND key = $3`,
    place(entry),
  );
  const row = found.rows[0];
  if (!row) return null;
  if (!row.finished || row.fingerprint === null || row.status === null || row.body === null) {
    return { state: 'under_way' };
  }
  return { state: 'done', fingerprint: row.fingerprint, answer: { status: row.status, body: row.body } };
}

async function renew(db: Queryable, holders: readonly string[], leaseMs: number): Promise<void> {
  await db.query(
    `UPDATE idempotency_key SET lease_until = now() + $2 * interval '1 millisecond' WHERE holder = ANY($1::uuid[])`,
    [holders, leaseMs],
  );
}

async function sweep(db: Queryable, keepMs: number): Promise<void> {
  await db.query(`DELETE FROM idempotency_key WHERE finished_at < now() - $1 * interval '1 millisecond'`, [keepMs]);
}

/**
 * Remembers the answers of requests that carried an Idempotency-Key, for every copy of a service on this database.
 * Exactly one of any number of concurrent `begin` calls gets `new`. While this process works on an entry its lease is
 * renewed; when the process dies the lease ends and the entry is `new` again. An answer of a holder that lost its lease
 * changes nothing. Throws STORAGE_UNAVAILABLE when the database is away.
 */
export function createIdempotencyStore(pool: Pool, options: IdempotencyOptions = {}) {
  const leaseMs = options.leaseMs ?? 20_000;
  const keepMs = options.keepMs ?? 2 * DAY_MS;
  /** Entries that this process works on, with the holder that stands in the table. */
  const held = new Map<string, string>();
  const name = (entry: IdempotencyEntry) => JSON.stringify(place(entry));
  let timer: NodeJS.Timeout | undefined;
  let sweptAt = 0;
  let prepared: Promise<unknown> | null = options.migrated ? Promise.resolve() : null;

  function prepare(): Promise<unknown> {
    prepared ??= migrateIdempotency(pool).catch((error: unknown) => {
      prepared = null;
      throw error;
    });
    return prepared;
  }

  function hold(entry: IdempotencyEntry, holder: string): void {
    held.set(name(entry), holder);
    timer ??= setInterval(() => {
      // A lease that cannot be renewed now is renewed next time, or ends: both are what it is for.
      renew(pool, [...held.values()], leaseMs).catch(() => undefined);
    }, leaseMs / 4).unref();
  }

  function letGo(entry: IdempotencyEntry): string | undefined {
    const holder = held.get(name(entry));
    held.delete(name(entry));
    if (held.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
    return holder;
  }

  async function begin(entry: IdempotencyEntry): Promise<IdempotencyState> {
    await prepare();
    if (Date.now() - sweptAt > SWEEP_EVERY_MS) {
      sweptAt = Date.now();
      await sweep(pool, keepMs);
    }
    for (;;) {
      const holder = randomUUID();
      const taken = await take(pool, entry, holder, leaseMs, keepMs);
      if (taken) {
        hold(entry, holder);
        const { made, fingerprint } = taken;
        return made === null || fingerprint === null ? { state: 'new' } : { state: 'made', made, fingerprint };
      }
      // Between the two statements the entry may have been released: then it is tried again.
      const state = await read(pool, entry);
      if (state) return state;
    }
  }

  async function finish(entry: IdempotencyEntry, fingerprint: string, answer: StoredAnswer): Promise<void> {
    const holder = letGo(entry);
    await pool.query(
      `UPDATE idempotency_key
       SET holder = NULL, lease_until = NULL, finished_at = now(), fingerprint = $5, status = $6, body = $7
       WHERE route = $1 AND caller = $2 AND key = $3 AND holder = $4`,
      [...place(entry), holder ?? null, fingerprint, answer.status, answer.body],
    );
  }

  async function release(entry: IdempotencyEntry): Promise<void> {
    const holder = letGo(entry);
    const mine = [...place(entry), holder ?? null];
    const { rowCount } = await pool.query(
      `DELETE FROM idempotency_key WHERE route = $1 AND caller = $2 AND key = $3 AND holder = $4 AND made IS NULL`,
      mine,
    );
    if (rowCount === 1) return;
    // Something was made and could not be answered for: whoever asks next gets that.
    await pool.query(
      `UPDATE idempotency_key SET lease_until = now() - interval '1 second'
       WHERE route = $1 AND caller = $2 AND key = $3 AND holder = $4`,
      mine,
    );
  }

  /** In the transaction of the work. Throws IDEMPOTENCY_UNDER_WAY when another call holds the entry by now. */
  async function note(
    transaction: WorkTransaction,
    entry: IdempotencyEntry,
    fingerprint: string,
    made: string,
  ): Promise<void> {
    const { rowCount } = await transaction.query(
      `UPDATE idempotency_key SET made = $5, made_fingerprint = $6
       WHERE route = $1 AND caller = $2 AND key = $3 AND holder = $4`,
      [...place(entry), held.get(name(entry)) ?? null, made, fingerprint],
    );
    if (rowCount !== 1) throw new HeduiError('IDEMPOTENCY_UNDER_WAY', { retriable: true });
  }

  const unavailable = (error: unknown): never => {
    throw storageError(error);
  };
  return {
    begin: (entry: IdempotencyEntry): Promise<IdempotencyState> => begin(entry).catch(unavailable),
    note,
    finish: (entry: IdempotencyEntry, fingerprint: string, answer: StoredAnswer): Promise<void> =>
      finish(entry, fingerprint, answer).catch(unavailable),
    release: (entry: IdempotencyEntry): Promise<void> => release(entry).catch(unavailable),
  };
}
