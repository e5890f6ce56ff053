import { z } from 'zod';
import { CONCLUSIONS } from '../registry.js';
import { explanationSchema } from './explanation.js';
import { reportSchema } from './verification.js';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const digest = z.string().regex(/^[0-9a-f]{64}$/);

export const DIFFERENCES = [
  'policy',
  'conclusion',
  'tier',
  'figure',
  'support',
  'source',
  'finding_added',
  'finding_removed',
  'finding_changed',
] as const;
/** One way in which two assessments of a household differ; `was` is the report's. */
export const differenceSchema = z
  .object({
    what: z.enum(DIFFERENCES),
    name: z.string().describe('the figure (annualIncome, wage.verified …), the source or the code of the finding'),
    member: z.int().nullable().describe('row of the household, from 1'),
    source: z.string().nullable(),
    recordId: z.string().nullable(),
    was: z.union([scalar, z.record(z.string(), scalar)]).describe('null: it was not there'),
    is: z.union([scalar, z.record(z.string(), scalar)]).describe('null: it is not there'),
  })
  .meta({ id: 'Difference' });
export type Difference = z.infer<typeof differenceSchema>;

export const replaySchema = z
  .object({
    reportNo: z.string(),
    digest,
    replayedDigest: digest.describe(
      'of what the present engine gives for the same data, told under the engine version of the report: equal to digest exactly when nothing differs',
    ),
    same: z.boolean(),
    engineVersion: z.string(),
    replayedEngineVersion: z.string(),
    differences: z.array(differenceSchema),
    today: z
      .object({
        assessedAt: z.string(),
        engineVersion: z.string(),
        same: z.boolean(),
        conclusion: z.enum(CONCLUSIONS),
        tier: z.string().nullable(),
        differences: z.array(differenceSchema),
      })
      .nullable()
      .describe('what today’s data say of the same household, date and policy; no report, and not counted'),
    todayMissing: z
      .enum(['not_asked', 'no_answer', 'not_assessable'])
      .nullable()
      .describe('why today is null: not wanted, no answer within the wait, or the household cannot be assessed'),
  })
  .meta({ id: 'Replay' });
export type Replay = z.infer<typeof replaySchema>;
export const replayQuerySchema = z.object({
  today: z.enum(['true', 'false']).optional().describe('ask what today’s data would say (default true)'),
});

/** The explanation of one report, with the rows of its household masked. */
export const reportExplanationSchema = explanationSchema
  .extend({
    reportNo: z.string(),
    digest,
    engineVersion: z.string().describe('of the report'),
    agrees: z.boolean().describe('the present engine, which explains, gives the report itself; else replay it'),
    persons: reportSchema.shape.persons,
  })
  .meta({ id: 'ReportExplanation' });
export type ReportExplanation = z.infer<typeof reportExplanationSchema>;
