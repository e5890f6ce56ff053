import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@hedui/logging';
import { inTransaction, type Pool, type Queryable } from '@hedui/postgres';
import { collect } from '@hedui/telemetry';
import {
  insertCheckpoint,
  insertTile,
  keepKey,
  newestCheckpoint,
  readHead,
  readSigned,
  type StoredCheckpoint,
} from './db.js';
import { canonical } from './proof/canonical.js';
import { type AuditKey, type CheckpointStatement, signStatement } from './proof/checkpoint.js';
import { subtreeRoot } from './proof/merkle.js';
import { missingTiles, subtreesOf } from './tree.js';

/** What signs for a service's log. */
export interface AuditSigner {
  /** The service's name. */
  log: string;
  key: AuditKey;
}

/** What is so of the log of `db` now, unsigned. Entries stay as they are, so the head's row alone fixes all of it. */
export async function statementNow(db: Queryable, { log, key }: AuditSigner): Promise<CheckpointStatement> {
  const { size, hash } = await readHead(db);
  const previous = (await newestCheckpoint(db, size))?.size ?? 0;
  const root = subtreeRoot(await subtreesOf(db, size, null), 0, size);
  return {
    at: new Date().toISOString(),
    head: hash.toString('hex'),
    key: key.id,
    log,
    previous,
    root: root.toString('hex'),
    size,
  };
}

/**
 * Signs a checkpoint over every entry there is, and keeps it; gives the newest one when nothing has come since. Copies of a service take
 * turns. Null: the log is empty.
 */
export async function makeCheckpoint(pool: Pool, signer: AuditSigner): Promise<StoredCheckpoint | null> {
  return await inTransaction(pool, async (client) => {
    await client.query("SELECT pg_advisory_xact_lock(hashtext('audit:checkpoint'))");
    await keepKey(client, signer.key.id, signer.key.x);
    const newest = await newestCheckpoint(client);
    const statement = await statementNow(client, signer);
    if (statement.size === (newest?.size ?? 0)) return newest;
    for (const { no, root } of await missingTiles(client, statement.size)) await insertTile(client, no, root);
    const signed = signStatement('checkpoint', statement, signer.key);
    const checkpoint = {
      size: statement.size,
      statement: canonical(statement),
      signature: Buffer.from(signed.signature, 'base64'),
    };
    await insertCheckpoint(client, checkpoint);
    return checkpoint;
  });
}

export interface CheckpointTask {
  /** Ends after the checkpoint under way, with one last checkpoint. */
  stop(): Promise<void>;
}

const EVERY_MS = 60_000;
const LOOK_MS = 5_000;
const EVERY_ENTRIES = 1_000;

/** Makes a checkpoint each minute in which something came, and after each thousand entries. */
export function startCheckpoints(pool: Pool, signer: AuditSigner, logger: Logger): CheckpointTask {
  const stopping = new AbortController();
  let made = 0;
  let madeAt = 0;
  async function step(): Promise<void> {
    const { size } = await readHead(pool);
    if (size === made || (size - made < EVERY_ENTRIES && Date.now() - madeAt < EVERY_MS)) return;
    made = (await makeCheckpoint(pool, signer))?.size ?? 0;
    madeAt = Date.now();
  }
  const forget = collect({
    name: 'audit',
    async read(say) {
      const { entries, unsigned, seconds } = await readSigned(pool);
      say('auditEntries', entries, { log: signer.log });
      say('auditUnsigned', unsigned, { log: signer.log });
      say('auditSeconds', seconds, { log: signer.log });
    },
  });
  const attempt = () =>
    step().catch((error: unknown) => logger.warn({ err: error }, 'no checkpoint of the audit log could be made'));
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await attempt();
      await pause(LOOK_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    madeAt = 0;
    await attempt();
  })();
  return {
    async stop() {
      forget();
      stopping.abort();
      await running;
    },
  };
}
