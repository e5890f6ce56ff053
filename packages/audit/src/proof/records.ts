import { z } from 'zod';
import { canonical } from './canonical.js';
import { leafHash } from './merkle.js';

export const hashText = z.string().regex(/^[0-9a-f]{64}$/);
const counted = z.int().nonnegative();

/** What an entry says; see the README for each member. */
export const entrySchema = z.strictObject({
  action: z.string(),
  actor: z.strictObject({
    subject: z.string(),
    roles: z.array(z.string()),
    department: z.string().nullable(),
  }),
  correlationId: z.string().nullable(),
  covers: z.strictObject({ count: counted, root: hashText }).nullable(),
  details: z.record(z.string(), z.union([z.string(), z.int(), z.boolean(), z.null()])),
  object: z.strictObject({ kind: z.string(), id: z.string() }),
  purpose: z.string().nullable(),
  region: z.string().nullable(),
});

/** An entry in its place: `previous` is the hash of the entry before it, 64 zeros for the first. */
export const recordSchema = z.strictObject({
  at: z.iso.datetime({ precision: 3 }),
  entry: entrySchema,
  previous: hashText,
  seq: z.int().positive(),
});
export type AuditRecord = z.infer<typeof recordSchema>;

export const checkpointSchema = z.strictObject({
  statement: z.strictObject({
    at: z.iso.datetime({ precision: 3 }),
    head: hashText,
    key: hashText,
    log: z.string(),
    previous: counted,
    root: hashText,
    size: counted,
  }),
  signature: z.string(),
});

export const tailSchema = z.strictObject({
  statement: z.strictObject({
    ...checkpointSchema.shape.statement.shape,
    content: hashText,
    before: hashText,
    part: z.int().positive(),
    parts: z.int().positive(),
  }),
  signature: z.string(),
});

export const publicKeySchema = z.strictObject({ id: hashText, x: z.string() });

export const EXPORT_FORMAT = 'hedui audit export 1';

const entryLine = z.strictObject({ hash: hashText, record: recordSchema });
const checkpointLine = z.strictObject({ checkpoint: checkpointSchema });
const headerLine = z.strictObject({
  header: z.strictObject({
    format: z.literal(EXPORT_FORMAT),
    log: z.string(),
    part: z.int().positive(),
    parts: z.int().positive(),
    before: hashText,
    keys: z.array(publicKeySchema),
  }),
});
const tailLine = z.strictObject({ tail: tailSchema });
export type ExportLine =
  | z.infer<typeof entryLine>
  | z.infer<typeof checkpointLine>
  | z.infer<typeof headerLine>
  | z.infer<typeof tailLine>;

/** A line of an export; null for what is none. */
export function readExportLine(value: unknown): ExportLine | null {
  if (typeof value !== 'object' || value === null) return null;
  const schema =
    'record' in value ? entryLine : 'checkpoint' in value ? checkpointLine : 'header' in value ? headerLine : tailLine;
  return schema.safeParse(value).data ?? null;
}

/** Hash of the entry that stands before the first. */
export const GENESIS = '0'.repeat(64);

/** An entry's hash: SHA-256(0x00 ‖ canonical text of the record), a leaf of the log's tree. */
export function recordHash(record: AuditRecord): Buffer {
  return leafHash(canonical(record));
}
