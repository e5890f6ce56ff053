import { type AuditRecord, auditCheckpointSchema, auditItemSchema, auditKeySchema } from '@hedui/contracts';
import { z } from 'zod';
import { canonical } from './canonical.js';
import { leafHash } from './merkle.js';

const hashText = z.string().regex(/^[0-9a-f]{64}$/);

export const tailSchema = z.strictObject({
  statement: z.strictObject({
    ...auditCheckpointSchema.shape.statement.shape,
    content: hashText,
    before: hashText,
    part: z.int().positive(),
    parts: z.int().positive(),
  }),
  signature: z.string(),
});

export const EXPORT_FORMAT = 'hedui audit export 1';

const checkpointLine = z.strictObject({ checkpoint: auditCheckpointSchema });
const headerLine = z.strictObject({
  header: z.strictObject({
    format: z.literal(EXPORT_FORMAT),
    log: z.string(),
    part: z.int().positive(),
    parts: z.int().positive(),
    before: hashText,
    keys: z.array(auditKeySchema),
  }),
});
const tailLine = z.strictObject({ tail: tailSchema });
export type ExportLine =
  | z.infer<typeof auditItemSchema>
  | z.infer<typeof checkpointLine>
  | z.infer<typeof headerLine>
  | z.infer<typeof tailLine>;

/** A line of an export; null for what is none. */
export function readExportLine(value: unknown): ExportLine | null {
  if (typeof value !== 'object' || value === null) return null;
  const schema =
    'record' in value
      ? auditItemSchema
      : 'checkpoint' in value
        ? checkpointLine
        : 'header' in value
          ? headerLine
          : tailLine;
  return schema.safeParse(value).data ?? null;
}

/** Hash of the entry that stands before the first. */
export const GENESIS = '0'.repeat(64);

/** An entry's hash: SHA-256(0x00 ‖ canonical text of the record), a leaf of the log's tree. */
export function recordHash(record: AuditRecord): Buffer {
  return leafHash(canonical(record));
}
