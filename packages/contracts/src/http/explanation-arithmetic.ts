import { z } from 'zod';
import {
  AREAS,
  FINDING_CODES,
  type FindingCode,
  INCOME_CATEGORIES,
  type IncomeCategory,
  SOURCES,
  SUPPORT_BASES,
} from '../registry.js';
import { dateText } from './loads.js';

/** The arithmetic of an explanation, line by line: money as yuan, months as YYYY-MM, rows of the household from 1. */
export const bilingualText = z.object({ zh: z.string(), en: z.string() });
/** Yuan with two decimals. */
export const explainedYuan = z.string().regex(/^-?\d+\.\d{2}$/);
/** Yuan before rounding: two to eight decimals. */
const exactYuan = z.string().regex(/^-?\d+\.\d{2,8}$/);
/** A percentage or a multiple with two decimals. */
const hundredths = z.string().regex(/^\d+\.\d{2}$/);
/** Yuan with two decimals, or a whole number of things. */
const quantity = z.string().regex(/^-?\d+(?:\.\d{2})?$/);
const monthText = z.string().regex(/^\d{4}-\d{2}$/);
export const findingCodeSchema = z.enum(FINDING_CODES as [FindingCode, ...FindingCode[]]);

export const explainedToleranceSchema = z.object({
  gap: explainedYuan.describe('verified − declared'),
  percent: hundredths,
  share: explainedYuan.describe('percent of declared, rounded down'),
  yearly: explainedYuan,
  limit: explainedYuan.describe('the higher of share and yearly'),
  exceeded: z.boolean().describe('gap > limit: INCOME_UNDERDECLARED'),
  source: z.enum(SOURCES),
});
const taken = z.enum(['declared', 'verified', 'equal']);
const incomeLine = z.object({
  declared: explainedYuan,
  verified: explainedYuan,
  assessed: explainedYuan,
  taken: taken.describe('which of the two is assessed: the higher'),
  tolerance: explainedToleranceSchema.nullable().describe('null for supporters, who are not compared'),
  text: bilingualText,
});
const wageLine = incomeLine.extend({
  months: z.array(
    z.object({
      month: monthText,
      tax: explainedYuan,
      fund: explainedYuan,
      taken: z.enum(['tax', 'fund', 'none']),
      amount: explainedYuan,
    }),
  ),
});
const otherLine = incomeLine.extend({ months: z.array(z.object({ month: monthText, amount: explainedYuan })) });
export const explainedIncomeSchema = z.object({
  wage: wageLine,
  ...(Object.fromEntries(INCOME_CATEGORIES.filter((c) => c !== 'wage').map((c) => [c, otherLine])) as Record<
    Exclude<IncomeCategory, 'wage'>,
    typeof otherLine
  >),
});

export const explainedMemberSchema = z.object({
  member: z.int(),
  income: explainedIncomeSchema,
  assessed: explainedYuan.describe('all categories'),
  deduction: z.object({
    percent: hundredths,
    share: explainedYuan.describe('percent of the assessed wage, rounded down'),
    cap: explainedYuan.describe('twelve monthly caps'),
    bound: z.enum(['percent', 'cap']),
    amount: explainedYuan,
    text: bilingualText,
  }),
  contribution: explainedYuan.describe('assessed − deduction'),
  rigidExpenditure: explainedYuan,
  text: bilingualText,
});
export const explainedSupporterSchema = z.object({
  supporter: z.int(),
  basis: z.enum(SUPPORT_BASES),
  reason: z.enum(['deceased', 'agreed', 'recipient', 'formula']),
  amount: explainedYuan,
  householdSize: z.int(),
  supportedPersons: z.int(),
  agreedSupport: explainedYuan.nullable(),
  deathDate: dateText.nullable(),
  benefitRecordId: z.string().nullable().describe('the benefit that makes the supporter a recipient'),
  formula: z
    .object({
      income: explainedIncomeSchema,
      assessed: explainedYuan.describe('A'),
      standardMonthly: explainedYuan.describe('B'),
      standardMultiple: hundredths,
      line: exactYuan.describe('12 × s × B × multiple'),
      excess: exactYuan.describe('max(0, A − line)'),
      ratePercent: hundredths,
      share: exactYuan.describe('excess × rate, before it is divided by q and rounded down'),
    })
    .nullable()
    .describe('null when the formula was not asked'),
  steps: z.array(bilingualText),
});
const policyRow = z.object({
  amount: explainedYuan,
  region: z.string(),
  area: z.enum(AREAS),
  from: dateText,
  text: bilingualText,
});

export const explainedTestSchema = z.object({
  test: z.enum([
    'income_multiple',
    'income_disposable',
    'expenditure',
    'vehicles',
    'fund_balance',
    'investor_capital',
    'exclusive_benefit',
  ]),
  codes: z.array(findingCodeSchema).describe('what the test raises here; empty when it is passed'),
  raised: z.boolean(),
  key: z.string().nullable().describe('the value of the key of the policy that sets the limit'),
  value: quantity,
  relation: z.enum(['below', 'at_most']).describe('what the value must be to the limit'),
  limit: quantity,
  margin: quantity.describe('limit − value; positive: under the limit'),
  text: bilingualText,
});
export type ExplainedTest = z.infer<typeof explainedTestSchema>;

export const arithmeticSchema = z.object({
  window: z.object({ from: monthText, to: monthText }),
  standard: policyRow.describe('B, yuan a month, and the row of the policy that gives it'),
  disposable: policyRow.nullable().describe('D, yuan a year a head'),
  members: z.array(explainedMemberSchema).describe('those who are counted'),
  notCounted: z.array(
    z.object({ member: z.int(), reason: z.enum(['deceased']), deathDate: dateText, text: bilingualText }),
  ),
  countedMembers: z.int().describe('n'),
  supporters: z.array(explainedSupporterSchema),
  annualIncome: z.object({
    members: explainedYuan,
    support: explainedYuan,
    amount: explainedYuan.describe('Y'),
    text: bilingualText,
  }),
  expenditure: explainedYuan.describe('E'),
  perCapitaMonthly: explainedYuan.nullable().describe('Y ÷ 12n rounded half up: shown, never compared'),
  tests: z.array(explainedTestSchema).describe('of the programme applied for'),
});

export type ExplainedIncome = z.infer<typeof explainedIncomeSchema>;
export type ExplainedMember = z.infer<typeof explainedMemberSchema>;
export type ExplainedSupporter = z.infer<typeof explainedSupporterSchema>;
export type ExplainedArithmetic = z.infer<typeof arithmeticSchema>;
/** One sentence in both languages of the service. */
export type Bilingual = z.infer<typeof bilingualText>;
