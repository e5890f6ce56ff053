import { auditCheckpointSchema, auditRecordSchema, RECEIPT_FORMAT, type Receipt } from '@hedui/contracts';
import type { Pool } from '@hedui/postgres';
import { type AuditSigner, makeCheckpoint } from './checkpoints.js';
import { findEntry, newestCheckpoint, readKeys, type StoredCheckpoint } from './db.js';
import { inclusionPath, inclusionProof } from './proof/merkle.js';
import { subtreesOf } from './tree.js';

/** What a receipt is asked for: a household of a chunk that was recorded. */
export interface ReceiptQuestion {
  reportNo: string;
  /** The text whose leaf was recorded. */
  statement: string;
  /** Action and object of the entry that covers the chunk. */
  action: string;
  objectId: string;
  /** Leaf hashes of the chunk's households, in their order, and which of them it is. */
  leaves: readonly Buffer[];
  index: number;
}

const hex = (path: readonly Buffer[]) => path.map((hash) => hash.toString('hex'));

/** The receipt of a household; a checkpoint is made when none covers its entry yet. Null: it was never recorded. */
export async function makeReceipt(pool: Pool, signer: AuditSigner, asked: ReceiptQuestion): Promise<Receipt | null> {
  const entry = await findEntry(pool, asked.action, asked.objectId);
  if (entry === null) return null;
  const newest = await newestCheckpoint(pool);
  const checkpoint = newest !== null && newest.size >= entry.seq ? newest : await makeCheckpoint(pool, signer);
  if (checkpoint === null || checkpoint.size < entry.seq) throw new Error('no checkpoint covers the entry');
  const subtrees = await subtreesOf(pool, checkpoint.size, entry.seq - 1);
  const signed = readCheckpoint(checkpoint);
  const key = (await readKeys(pool)).find(({ id }) => id === signed.statement.key);
  if (!key) throw new Error('the key of a checkpoint is not kept');
  return {
    format: RECEIPT_FORMAT,
    reportNo: asked.reportNo,
    statement: asked.statement,
    household: { index: asked.index, path: hex(inclusionProof(asked.leaves, asked.index)) },
    record: auditRecordSchema.parse(JSON.parse(entry.body)),
    entry: { index: entry.seq - 1, path: hex(inclusionPath(subtrees, entry.seq - 1, checkpoint.size)) },
    checkpoint: signed,
    key,
  };
}

function readCheckpoint({ statement, signature }: StoredCheckpoint): Receipt['checkpoint'] {
  return auditCheckpointSchema.parse({ statement: JSON.parse(statement), signature: signature.toString('base64') });
}
