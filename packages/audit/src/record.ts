import { HeduiError } from '@hedui/errors';
import { asInteger, type Client, inTransaction, type Pool, type Queryable } from '@hedui/postgres';
import { AuditEntryRefused, entryText, type NewAuditEntry } from './entry.js';

/**
 * Records what the caller's transaction does, as its last statement: from here to the commit every other entry of this service waits.
 * Rolled back, it leaves no gap. Returns the entry's number. Throws AuditEntryRefused for a person's data.
 */
export async function recordAudit(client: Client, entry: NewAuditEntry): Promise<number> {
  return await append(client, entry);
}

async function append(client: Queryable, entry: NewAuditEntry): Promise<number> {
  const { action, actor, object } = entry;
  const { rows } = await client.query<{ seq: string }>('SELECT audit_append($1, $2, $3, $4, $5) AS seq', [
    entryText(entry),
    action,
    actor.subject,
    object.kind,
    object.id,
  ]);
  return asInteger(rows[0]?.seq);
}

/**
 * Records a look, in a transaction of its own, before the answer leaves. What cannot be recorded must not be shown: throws
 * STORAGE_UNAVAILABLE (503) when the entry cannot be written.
 */
export async function recordLook(pool: Pool, entry: NewAuditEntry): Promise<number> {
  try {
    return await inTransaction(pool, (client) => append(client, entry));
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
