import { HeduiError } from '@hedui/errors';
import { type Client, type Pool, type Queryable, ready } from '@hedui/postgres';
import { AuditEntryRefused, entryText, type NewAuditEntry } from './entry.js';

/**
 * Records what the caller's transaction does, as its last statement: from here to the commit every other entry of this service waits.
 * Rolled back, it leaves no gap. Throws AuditEntryRefused for a person's data.
 */
export async function recordAudit(client: Client, entry: NewAuditEntry): Promise<void> {
  await recordAudits(client, [entry]);
}

/** The same for several entries, in their order and in one statement. */
export async function recordAudits(client: Client, entries: readonly NewAuditEntry[]): Promise<void> {
  await append(client, entries);
}

const appendAll = ready(
  'SELECT audit_append(entry) FROM unnest($1::text[]) WITH ORDINALITY AS e (entry, no) ORDER BY no',
);

async function append(db: Queryable, entries: readonly NewAuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await db.query(appendAll([entries.map(entryText)]));
}

/**
 * Records a look, in a statement that is a transaction of its own, before the answer leaves. What cannot be recorded must not be shown: throws
 * STORAGE_UNAVAILABLE (503) when the entry cannot be written.
 */
export async function recordLook(pool: Pool, entry: NewAuditEntry): Promise<void> {
  try {
    await append(pool, [entry]);
  } catch (cause) {
    if (cause instanceof AuditEntryRefused) throw cause;
    throw new HeduiError('STORAGE_UNAVAILABLE', {
      detail: 'the look could not be recorded, so nothing is shown',
      retriable: true,
      cause,
    });
  }
}

/** Shows what `read` finds only after the look is recorded: reads, records, answers. `read` gives null when there is nothing to see. */
export async function auditedRead<T>(
  pool: Pool,
  read: () => Promise<T>,
  entryOf: (found: T) => NewAuditEntry | null,
): Promise<T> {
  const found = await read();
  const entry = entryOf(found);
  if (entry !== null) await recordLook(pool, entry);
  return found;
}
