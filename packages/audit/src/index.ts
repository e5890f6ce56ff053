export { type AuditQuestion, auditExport, auditPage, looksAt } from './answers.js';
export {
  type AuditedCall,
  actionOf,
  type CallAuditOptions,
  createCallAudit,
  entryOfCall,
  type ObjectFacts,
} from './calls.js';
export { checkAuditChain } from './check.js';
export { type AuditSigner, type CheckpointTask, makeCheckpoint, startCheckpoints } from './checkpoints.js';
export { type EntryFilter, listEntries, type StoredEntry } from './db.js';
export {
  type AuditActor,
  type AuditDetails,
  AuditEntryRefused,
  type AuditObject,
  actorOf,
  entryText,
  holdsIdentityNumber,
  type NewAuditEntry,
  SYSTEM,
  safeId,
} from './entry.js';
export { ALONE, type ExportPlace, exportLog } from './export.js';
export { AuditKeyError, newAuditKey, readAuditKey } from './keys.js';
export type { AuditKey } from './proof/checkpoint.js';
export { leafHash, merkleRoot } from './proof/merkle.js';
export { makeReceipt, type ReceiptQuestion } from './receipts.js';
export { auditedRead, recordAudit, recordAudits, recordLook } from './record.js';
export { AUDIT_SQL } from './schema.js';
