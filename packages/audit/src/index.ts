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
export { auditedRead, recordAudit, recordLook } from './record.js';
export { AUDIT_SQL } from './schema.js';
