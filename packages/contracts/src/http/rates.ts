import { z } from 'zod';

export const GROUP_BY = ['programme', 'region', 'source', 'finding', 'type', 'month'] as const;
export type GroupBy = (typeof GROUP_BY)[number];
export const REGION_LEVELS = ['province', 'city', 'county', 'township'] as const;

const month = z.string().regex(/^\d{4}-\d{2}$/);
const rate = z.object({
  count: z.int(),
  rate: z.string().nullable().describe('rounded half up to four decimals; null over zero'),
});

const figures = {
  completed: z.int().optional().describe('households counted whose conclusion is not incomplete: the denominator'),
  answered: z
    .int()
    .optional()
    .describe('in place of completed when grouped by source: households that the source answered for'),
  leftOut: z.object({ incomplete: z.int(), withdrawn: z.int(), unauthorised: z.int() }),
  flagged: rate,
  detected: rate,
  confirmed: rate,
  overturned: rate,
  lowIncome: rate.extend({ tiers: z.record(z.string(), z.int()) }),
};
export const rateRowSchema = z
  .object({
    programme: z.string().optional(),
    verificationType: z.string().optional(),
    region: z.string().optional(),
    level: z.enum(REGION_LEVELS).optional(),
    source: z.string().optional(),
    finding: z.string().optional(),
    month: z.string().optional(),
    ...figures,
  })
  .meta({ id: 'RateRow' });
export type RateRow = z.infer<typeof rateRowSchema>;

export const ratesSchema = z
  .object({
    from: month,
    to: month,
    groupBy: z.array(z.enum(GROUP_BY)),
    knownOn: z.string(),
    behind: z
      .literal(true)
      .optional()
      .describe('reports are not counted yet, or nobody can tell: ask again. Left out when everything is counted'),
    rows: z.array(rateRowSchema),
    total: z.object(figures),
  })
  .meta({ id: 'DetectionRates' });
export type DetectionRates = z.infer<typeof ratesSchema>;

export const ratesQuerySchema = z.object({
  from: month.describe('first month, YYYY-MM'),
  to: month.describe('last month, YYYY-MM'),
  groupBy: z
    .string()
    .optional()
    .describe(`comma-separated: ${GROUP_BY.join(', ')}`),
  programme: z.string().optional(),
  type: z.string().optional().describe('verification type'),
  region: z
    .string()
    .regex(/^\d{2,9}$/)
    .optional()
    .describe('prefix of the region code'),
});
