import { z } from 'zod';
import { dateText } from './loads.js';

const cell = z.union([z.string(), z.number(), z.null()]);
const someoneSchema = z.object({
  idType: z.string(),
  idNumber: z.string().describe('masked, unless an unmasking of the report is granted to the caller'),
  name: z.string().describe('as idNumber'),
});

/** The record behind a finding, as a source shows it to somebody who is entitled to see it. */
export const sourceRecordSchema = z.object({
  source: z.string(),
  recordType: z.string(),
  recordId: z.string(),
  person: someoneSchema,
  other: someoneSchema.nullable().describe('the second person of a record of two'),
  values: z
    .record(z.string(), cell)
    .describe(
      'the other columns of the file: dates, codes and money (yuan) as they are; accounts, plates, codes and names of others masked',
    ),
  changedSince: z
    .boolean()
    .describe('the record was changed or withdrawn after the report; the values are those of the report'),
});
export type SourceRecord = z.infer<typeof sourceRecordSchema>;

export const evidenceSchema = sourceRecordSchema
  .extend({
    reportNo: z.string(),
    finding: z.int().describe('place in the report’s findings, from 1'),
    code: z.string(),
    member: z.int().nullable(),
    asOf: dateText,
    unmasked: z.boolean(),
  })
  .meta({ id: 'Evidence' });
export type Evidence = z.infer<typeof evidenceSchema>;

/** Why a household is erased. A code, for a sentence would soon hold a name. */
export const ERASURE_REASONS = ['request', 'consent_withdrawn', 'unlawful', 'mistake'] as const;
export const erasureRequestSchema = z
  .object({
    reason: z.enum(ERASURE_REASONS),
    reference: z
      .string()
      .regex(/^[A-Za-z0-9._/-]{1,64}$/)
      .optional()
      .describe('number of the case or letter; never of a person'),
  })
  .meta({ id: 'ErasureRequest' });
/** One person asks that a household be erased, another one agrees, and then it is. */
export const erasureSchema = z
  .object({
    id: z.string(),
    reportNo: z.string(),
    state: z.enum(['asked', 'erased']),
    reason: z.enum(ERASURE_REASONS),
    reference: z.string().nullable(),
    askedBy: z.string(),
    askedAt: z.string(),
    agreedBy: z.string().nullable(),
    erasedAt: z.string().nullable(),
  })
  .meta({ id: 'Erasure' });
export type Erasure = z.infer<typeof erasureSchema>;

export const retentionQuerySchema = z.object({
  dryRun: z.enum(['true', 'false']).optional().describe('true: count what would be erased and erase nothing (default)'),
});
export const retentionSchema = z
  .object({
    dryRun: z.boolean(),
    months: z.int().describe('how long reports are kept'),
    before: z.string().describe('reports made before this time are erased'),
    batches: z.int(),
    checks: z.int().describe('single checks'),
    households: z.int(),
  })
  .meta({ id: 'Retention' });
export type Retention = z.infer<typeof retentionSchema>;
