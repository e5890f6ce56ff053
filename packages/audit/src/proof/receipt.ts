import { type Receipt, receiptSchema } from '@hedui/contracts';
import { isSignedBy } from './checkpoint.js';
import { leafHash, rootFrom } from './merkle.js';
import { recordHash } from './records.js';

export type ReceiptVerdict = { ok: true; receipt: Receipt } | { ok: false; what: string };

const bytesOf = (path: readonly string[]) => path.map((hash) => Buffer.from(hash, 'hex'));

/** Verifies a receipt without a database; says the first thing that does not fit. */
export function verifyReceipt(raw: unknown, trusted?: readonly string[]): ReceiptVerdict {
  const parsed = receiptSchema.safeParse(raw);
  if (!parsed.success) return { ok: false, what: 'not a receipt, or one that was altered in its form' };
  const receipt = parsed.data;
  const { statement, household, record, entry, checkpoint, key } = receipt;
  if (numberIn(statement) !== receipt.reportNo) return { ok: false, what: 'the statement is of another report' };
  const { covers } = record.entry;
  if (covers === null) return { ok: false, what: 'the entry covers no households' };
  const chunk = rootFrom(leafHash(statement), household.index, covers.count, bytesOf(household.path));
  if (chunk?.toString('hex') !== covers.root) return { ok: false, what: 'the report is not in the entry of its chunk' };
  if (entry.index !== record.seq - 1) return { ok: false, what: 'the entry stands elsewhere in the log' };
  const root = rootFrom(recordHash(record), entry.index, checkpoint.statement.size, bytesOf(entry.path));
  if (root?.toString('hex') !== checkpoint.statement.root) {
    return { ok: false, what: 'the entry is not in the signed checkpoint' };
  }
  if (!isSignedBy('checkpoint', checkpoint, key)) return { ok: false, what: 'the checkpoint is not signed by the key' };
  if (trusted && !trusted.includes(key.id)) return { ok: false, what: `the key ${key.id} is not one that is trusted` };
  return { ok: true, receipt };
}

function numberIn(statement: string): unknown {
  try {
    const content: unknown = JSON.parse(statement);
    return Array.isArray(content) ? content[0] : null;
  } catch {
    return null;
  }
}
