import { z } from 'zod';

const hashText = z.string().regex(/^[0-9a-f]{64}$/);
const counted = z.int().nonnegative();
const time = z.iso.datetime({ precision: 3 });

/** What an entry of the audit log says. It never holds a name or a document number. */
export const auditEntrySchema = z
  .strictObject({
    action: z.string().describe('such as `report.read`'),
    actor: z.strictObject({
      subject: z.string(),
      roles: z.array(z.string()),
      department: z.string().nullable(),
    }),
    correlationId: z.string().nullable(),
    covers: z
      .strictObject({ count: counted, root: hashText })
      .nullable()
      .describe('of an entry for many households: how many, and the Merkle root over them'),
    details: z.record(z.string(), z.union([z.string(), z.int(), z.boolean(), z.null()])),
    object: z.strictObject({ kind: z.string(), id: z.string() }),
    purpose: z.string().nullable(),
    region: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' });

/** An entry in its place: `previous` is the hash of the entry before it, 64 zeros for the first. */
export const auditRecordSchema = z
  .strictObject({ at: time, entry: auditEntrySchema, previous: hashText, seq: z.int().positive() })
  .meta({ id: 'AuditRecord' });
export type AuditRecord = z.infer<typeof auditRecordSchema>;

export const auditCheckpointSchema = z
  .strictObject({
    statement: z.strictObject({
      at: time,
      head: hashText,
      key: hashText,
      log: z.string(),
      previous: counted,
      root: hashText,
      size: counted,
    }),
    signature: z.string(),
  })
  .meta({ id: 'AuditCheckpoint' });

export const auditKeySchema = z.strictObject({ id: hashText, x: z.string() }).meta({ id: 'AuditPublicKey' });

export const RECEIPT_FORMAT = 'hedui report receipt 1';
const place = z.strictObject({ index: counted, path: z.array(hashText).max(64) });

/**
 * What proves that a report stands in the audit log: the report as it was recorded, its way to the root in its chunk's entry, the entry, the
 * entry's way to the root of a signed checkpoint, and the key.
 */
export const receiptSchema = z
  .strictObject({
    format: z.literal(RECEIPT_FORMAT),
    reportNo: z.string(),
    statement: z.string().describe("JSON text: the report's number and its assessment, as it was recorded"),
    household: place,
    record: auditRecordSchema,
    entry: place,
    checkpoint: auditCheckpointSchema,
    key: auditKeySchema,
  })
  .meta({ id: 'Receipt' });
export type Receipt = z.infer<typeof receiptSchema>;

export const auditItemSchema = z.strictObject({ hash: hashText, record: auditRecordSchema });
export const auditPageSchema = z
  .object({ items: z.array(auditItemSchema), next: z.string().nullable() })
  .meta({ id: 'AuditPage' });
export type AuditPage = z.infer<typeof auditPageSchema>;

/** One look at a household; for the citizen it says which office and role, never which officer. */
export const lookSchema = z.object({
  at: z.string(),
  action: z.string(),
  office: z.string().nullable().describe('department of the system that looked; null: the centre'),
  roles: z.array(z.string()),
  subject: z.string().nullable().describe('who; null in the form for the citizen'),
  purpose: z.string().nullable(),
  seq: z.int().positive(),
});
export const looksSchema = z.object({ reportNo: z.string(), items: z.array(lookSchema) }).meta({ id: 'Looks' });
export type Looks = z.infer<typeof looksSchema>;

const service = z
  .string()
  .optional()
  .describe('whose log: a source, `verification`, `reporting` or `identity`; default `verification`');
export const auditQuerySchema = z.object({
  service,
  from: z.string().optional().describe('date or time, UTC'),
  to: z.string().optional().describe('date (to its end) or time, UTC'),
  actor: z.string().optional().describe('subject of who did it'),
  action: z.string().optional().describe('such as `report.read`, or all that begin with `report`'),
  object: z.string().optional().describe('id of what was looked at or changed'),
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1000).optional().describe('default 100'),
});
export const auditExportQuerySchema = z.object({
  service,
  part: z.coerce.number().int().min(1).max(1000).optional().describe('place in a file of several logs; default 1'),
  parts: z.coerce.number().int().min(1).max(1000).optional().describe('how many logs the file has; default 1'),
  before: hashText.optional().describe('SHA-256 of the bytes of the file before this log'),
});
export const looksQuerySchema = z.object({ form: z.enum(['full', 'citizen']).optional().describe('default full') });
