import { z } from 'zod';
import {
  AREAS,
  CONCLUSIONS,
  EFFECTS,
  INCOME_CATEGORIES,
  MARITAL_STATUSES,
  SOURCE_STATES,
  SOURCES,
  VERIFICATION_TYPES,
} from '../registry.js';
import {
  arithmeticSchema,
  bilingualText,
  explainedTestSchema,
  explainedYuan,
  findingCodeSchema,
} from './explanation-arithmetic.js';
import { dateText } from './loads.js';

/**
 * The explanation of a report: every figure with the steps it came from, for the officer who defends the conclusion, the
 * family that objects and the auditor who recomputes it. Rows and codes only; no names, documents, plates or benefit numbers.
 */
const findingIndexes = z.array(z.int()).describe('places in `findings`, from 0');
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export const explainedFindingSchema = z.object({
  code: findingCodeSchema,
  title: bilingualText,
  effect: z.enum(EFFECTS),
  effectFrom: z.enum(['programme', 'policy', 'default', 'fixed']),
  member: z.int().nullable(),
  source: z.string().nullable(),
  recordId: z.string().nullable(),
  detail: z.record(z.string(), scalar),
  record: z.record(z.string(), scalar).nullable().describe('what was known of the deciding record'),
  comparisons: z
    .array(
      z.object({
        of: z.string(),
        value: z.string(),
        relation: z.enum(['>', '>=', '<', '<=', '=', '!=', 'in', 'not_in']),
        limit: z.string(),
      }),
    )
    .describe('what the rule compared: each of them holds'),
  rule: bilingualText,
  clearedBy: z.object({ who: z.enum(['family', 'department', 'source', 'nobody']), text: bilingualText }),
  text: bilingualText,
});

const marital = z.object({
  declared: z.enum(MARITAL_STATUSES).nullable(),
  found: z.enum(['married', 'divorced', 'widowed']).nullable(),
  eventDate: dateText.nullable(),
  recordId: z.string().nullable(),
  agrees: z.boolean().nullable().describe('null when either side says nothing'),
  text: bilingualText,
});
export const declaredAgainstFoundSchema = z.object({
  members: z.array(
    z.object({
      member: z.int(),
      income: z.array(
        z.object({
          category: z.enum(INCOME_CATEGORIES),
          declared: explainedYuan,
          found: explainedYuan,
          gap: explainedYuan,
        }),
      ),
      marital,
      spouse: z
        .object({ declared: z.boolean(), member: z.int().nullable(), text: bilingualText })
        .nullable()
        .describe('the spouse of the latest event, when it is a marriage'),
    }),
  ),
  ownBenefit: z.object({
    declared: z.boolean(),
    counts: z.boolean().describe('only while the household is reviewed as a recipient'),
    found: z.array(z.object({ member: z.int(), recordId: z.string(), programme: z.string() })),
    text: bilingualText,
  }),
});

export const explainedSourceSchema = z.object({
  source: z.enum(SOURCES),
  required: z.boolean(),
  state: z.enum(SOURCE_STATES),
  asOf: dateText.nullable(),
  ageDays: z.int().nullable().describe('from its as-of date to that of the report'),
  freshnessDays: z.int().nullable().describe('null: it never grows stale'),
  loading: z.boolean(),
  text: bilingualText,
});

export const COUNTERFACTUAL_KINDS = [
  'without_finding',
  'without_failing',
  'without_failing_and_review',
  'income_lower',
  'income_higher',
  'expenditure_higher',
  'fund_balance_lower',
  'source_answers',
  'required_sources_answer',
] as const;
export const counterfactualSchema = z.object({
  kind: z.enum(COUNTERFACTUAL_KINDS),
  findings: findingIndexes,
  sources: z.array(z.enum(SOURCES)),
  amount: explainedYuan.nullable().describe('by how much income, spending or balance would differ'),
  conclusion: z.enum(CONCLUSIONS).describe('what the rules say when they are run on the changed input'),
  tier: z.string().nullable(),
  differs: z.boolean().describe('the conclusion is another one'),
  text: bilingualText,
});
export const explainedConclusionSchema = z.object({
  conclusion: z.enum(CONCLUSIONS),
  decidedBy: z.enum(['nobody_counted', 'failing_finding', 'silent_source', 'review_finding', 'nothing_found']),
  steps: z.array(
    z.object({
      step: z.int().describe('0: nobody is counted; 1 to 4: the steps of the conclusion'),
      conclusion: z.enum(CONCLUSIONS),
      applies: z.boolean(),
      decides: z.boolean(),
      findings: findingIndexes,
      sources: z.array(z.enum(SOURCES)),
      text: bilingualText,
    }),
  ),
  counterfactuals: z.array(counterfactualSchema),
  text: bilingualText,
});

export const explainedTierSchema = z.object({
  result: z.string().nullable(),
  nullBecause: z.enum(['nobody_counted', 'required_source_silent']).nullable(),
  entries: z.array(
    z.object({
      tier: z.string(),
      programme: z.string().nullable(),
      outcome: z.enum(['holds', 'fails', 'passed_over']),
      passedOver: z.enum(['other_area', 'disposable_income_missing']).nullable(),
      findings: z.array(
        z.object({
          code: findingCodeSchema,
          effect: z.enum(EFFECTS),
          effectFrom: z.enum(['programme', 'policy', 'default', 'fixed']),
          by: z.enum(['records', 'test']).describe('of the household as such, or by a test of this programme'),
        }),
      ),
      tests: z.array(explainedTestSchema),
      text: bilingualText,
    }),
  ),
  next: z
    .object({ tier: z.string(), outcome: z.enum(['holds', 'fails']) })
    .nullable()
    .describe('the tier after the result'),
  text: bilingualText,
});

export const explanationSchema = z
  .object({
    policy: z.object({ id: z.string(), version: z.int() }),
    programme: z.string(),
    verificationType: z.enum(VERIFICATION_TYPES),
    region: z.string(),
    area: z.enum(AREAS),
    asOf: dateText,
    arithmetic: arithmeticSchema,
    findings: z.array(explainedFindingSchema),
    declared: declaredAgainstFoundSchema,
    sources: z.array(explainedSourceSchema),
    conclusion: explainedConclusionSchema,
    tier: explainedTierSchema,
  })
  .meta({ id: 'Explanation' });
export type Explanation = z.infer<typeof explanationSchema>;
export type ExplainedFinding = z.infer<typeof explainedFindingSchema>;
export type Counterfactual = z.infer<typeof counterfactualSchema>;
export type ExplainedSource = z.infer<typeof explainedSourceSchema>;
export type DeclaredAgainstFound = z.infer<typeof declaredAgainstFoundSchema>;
export type ExplainedConclusion = z.infer<typeof explainedConclusionSchema>;
export type ExplainedTier = z.infer<typeof explainedTierSchema>;
export type CounterfactualKind = (typeof COUNTERFACTUAL_KINDS)[number];
