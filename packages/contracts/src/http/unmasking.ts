import { z } from 'zod';

/** Why somebody has to see who stands behind a report. A code, for a sentence would soon hold a name. */
export const UNMASKING_REASONS = ['identity_check', 'objection', 'correction', 'delivery', 'inspection'] as const;
export type UnmaskingReason = (typeof UNMASKING_REASONS)[number];

export const unmaskingRequestSchema = z
  .object({
    reason: z.enum(UNMASKING_REASONS),
    reference: z
      .string()
      .regex(/^[A-Za-z0-9._/-]{1,64}$/)
      .optional()
      .describe('number of the case or letter; never of a person'),
  })
  .meta({ id: 'UnmaskingRequest' });

/** One person asks to see one report unmasked, another one grants it, and then the first may see it for a while. */
export const unmaskingSchema = z
  .object({
    id: z.string(),
    reportNo: z.string(),
    state: z
      .enum(['asked', 'granted', 'ended'])
      .describe('granted: until `until`; ended: nobody granted it in time, or its time is over'),
    reason: z.enum(UNMASKING_REASONS),
    reference: z.string().nullable(),
    askedBy: z.string().describe('subject of the token: the only one who sees the report unmasked'),
    askedAt: z.string(),
    grantedBy: z.string().nullable(),
    grantedAt: z.string().nullable(),
    until: z.string().nullable().describe('end of the time within which it may be seen'),
  })
  .meta({ id: 'Unmasking' });
export type Unmasking = z.infer<typeof unmaskingSchema>;
export const unmaskingListSchema = z.object({ items: z.array(unmaskingSchema) });
export const reportQuerySchema = z.object({
  unmasked: z
    .enum(['true', 'false'])
    .optional()
    .describe('true: with names and document numbers, while an unmasking is granted'),
});
