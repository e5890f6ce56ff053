import { z } from 'zod';
import { dateText } from './loads.js';
import { inputErrorSchema } from './problem.js';
import { policySummarySchema } from './verification.js';

/** What a policy document is sent as. */
export const POLICY_TYPES = ['application/yaml', 'application/json', 'text/yaml', 'application/x-yaml'] as const;

/** A document that could be published; one that could not is a problem POLICY_INVALID. */
export const policyCheckSchema = z
  .object({
    valid: z.literal(true),
    id: z.string(),
    version: z.int(),
    digest: z.string(),
    warnings: z.array(inputErrorSchema).describe('allowed but seldom meant, with line and key'),
    published: z
      .enum(['new', 'same', 'conflict'])
      .describe('new: nobody has published this version; same: with this content; conflict: with other content'),
  })
  .meta({ id: 'PolicyCheck' });
export type PolicyCheck = z.infer<typeof policyCheckSchema>;

/** One thing that two versions say differently. */
export const policyChangeSchema = z
  .object({
    kind: z.enum(['added', 'removed', 'changed']),
    key: z
      .string()
      .describe(
        'dotted: `standards.520100.urban.2026-07-01`, `programmes.urban_dibao.maxVehicles`, `tiers.dibao.urban`',
      ),
    before: z.string().nullable().describe('null: added'),
    after: z.string().nullable().describe('null: removed'),
    sentence: z.object({ zh: z.string(), en: z.string() }),
  })
  .meta({ id: 'PolicyChange' });
export type PolicyChange = z.infer<typeof policyChangeSchema>;

export const policyComparisonSchema = z
  .object({
    id: z.string(),
    before: policySummarySchema.describe('the version in the path'),
    after: policySummarySchema.describe('the version in `with`'),
    changes: z
      .array(policyChangeSchema)
      .describe('in the order of the document; empty when both say the same, however it is written'),
  })
  .meta({ id: 'PolicyComparison' });
export type PolicyComparison = z.infer<typeof policyComparisonSchema>;

export const policyAsOfQuerySchema = z.object({ asOf: z.string().optional().describe('YYYY-MM-DD (required)') });
export const policyWithQuerySchema = z.object({
  with: z.coerce.number().int().min(1).describe('the other version'),
});

export const PROPOSAL_STATES = ['proposed', 'approved', 'withdrawn'] as const;

/** A version that one policy maker wants to publish: it is in force for nobody until another one approves it. */
export const policyProposalSchema = z
  .object({
    state: z.enum(PROPOSAL_STATES),
    id: z.string(),
    version: z.int(),
    digest: z.string(),
    title: z.object({ zh: z.string(), en: z.string() }),
    effectiveFrom: dateText,
    proposedBy: z.string().describe('subject of the token'),
    proposedAt: z.string(),
    decidedBy: z.string().nullable().describe('who approved or withdrew it'),
    decidedAt: z.string().nullable(),
  })
  .meta({ id: 'PolicyProposal' });
export type PolicyProposal = z.infer<typeof policyProposalSchema>;
export const policyProposalInFullSchema = policyProposalSchema
  .extend({ document: z.record(z.string(), z.unknown()) })
  .meta({ id: 'PolicyProposalInFull' });
export const policyProposalListSchema = z.object({ items: z.array(policyProposalSchema) });
export const policyApprovalQuerySchema = z.object({
  digest: z.string().optional().describe('of the document that was read: another one is not approved (409)'),
});
