import { z } from 'zod';
import { LOAD_MODES } from '../registry.js';
import { inputErrorSchema } from './problem.js';

export const dateText = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .describe('YYYY-MM-DD');
const flag = z.enum(['true', 'false']).optional();

export const LOAD_STATES = ['received', 'stored', 'applied', 'refused'] as const;
export type LoadState = (typeof LOAD_STATES)[number];

export const loadSchema = z
  .object({
    id: z.string(),
    source: z.string(),
    recordType: z.string(),
    scope: z.string(),
    asOf: dateText,
    mode: z.enum(LOAD_MODES),
    state: z
      .enum(LOAD_STATES)
      .describe(
        'received: the file is kept, in its order; stored: whole in the source; applied: the matcher has all of it',
      ),
    counts: z.object({
      read: z.int(),
      applied: z.int().describe('new or changed records'),
      unchanged: z.int(),
      withdrawn: z.int(),
      rejected: z.int(),
      superseded: z.int().describe('rows that a later row of the same record_id in the file replaced'),
    }),
    warnings: z.array(z.string()),
    waitingFor: z.enum(['confirmWithdrawals']).nullable(),
    refusal: z.object({ code: z.string(), rule: z.string() }).nullable(),
    receivedAt: z.string(),
    storedAt: z.string().nullable(),
    appliedAt: z.string().nullable(),
    correlationId: z.string(),
  })
  .meta({ id: 'Load' });
export type Load = z.infer<typeof loadSchema>;

/** Checked by hand in the source, so that each missing part gets its own code. */
export const loadQuerySchema = z.object({
  scope: z.string().optional().describe('region code of six or nine digits (required)'),
  asOf: z.string().optional().describe("the department's data date, YYYY-MM-DD (required)"),
  mode: z.enum(LOAD_MODES).optional().describe('delta (default) or full'),
  allowOlder: flag,
  confirmWithdrawals: flag,
});

export const rejectedRowSchema = inputErrorSchema
  .extend({ ref: z.string().nullable().describe('the record_id or the household_ref') })
  .meta({ id: 'RejectedRow' });
export type RejectedRow = z.infer<typeof rejectedRowSchema>;
/** Columns of a reject list as CSV, in this order. */
export const REJECT_COLUMNS = ['line', 'ref', 'column', 'code', 'rule'] as const;

export const rejectsPageSchema = z.object({ items: z.array(rejectedRowSchema), next: z.string().nullable() });

export const sourceStatusSchema = z
  .object({
    source: z.string(),
    title: z.object({ zh: z.string(), en: z.string() }),
    recordTypes: z.array(
      z.object({
        recordType: z.string(),
        records: z.int().describe('current records'),
        queued: z.int().describe('persons whose change has not been sent yet'),
        loads: z.array(
          z.object({
            scope: z.string(),
            asOf: dateText,
            mode: z.enum(LOAD_MODES),
            loadId: z.string(),
            state: z.enum(LOAD_STATES),
            storedAt: z.string().nullable(),
          }),
        ),
      }),
    ),
    available: z.boolean().describe('false: the source service did not answer just now'),
  })
  .meta({ id: 'SourceStatus' });
export type SourceStatus = z.infer<typeof sourceStatusSchema>;
export const sourcesSchema = z.object({ items: z.array(sourceStatusSchema) });
