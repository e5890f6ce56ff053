import { z } from 'zod';
import {
  AREAS,
  CONCLUSIONS,
  EFFECTS,
  FINDING_CODES,
  type FindingCode,
  ID_TYPES,
  INCOME_CATEGORIES,
  type IncomeCategory,
  MARITAL_STATUSES,
  RELATIONS,
  SOURCE_STATES,
  SUPPORT_BASES,
  VERIFICATION_TYPES,
} from '../registry.js';
import { dateText } from './loads.js';

/** Yuan with two decimals, e.g. `12345.67`. */
const yuan = z.string().regex(/^-?\d+\.\d{2}$/);

export const policyRefSchema = z.object({ id: z.string(), version: z.int(), digest: z.string() });

const categoryIncomeSchema = z.object({ declared: yuan, verified: yuan, assessed: yuan });
const categories = Object.fromEntries(INCOME_CATEGORIES.map((c) => [c, categoryIncomeSchema])) as Record<
  IncomeCategory,
  typeof categoryIncomeSchema
>;

/** A report as operators and departments see it: one line of reports.ndjson. */
export const reportSchema = z
  .object({
    reportNo: z.string(),
    batchId: z.string().nullable(),
    householdRef: z.string().nullable(),
    programme: z.string(),
    verificationType: z.enum(VERIFICATION_TYPES),
    region: z.string(),
    area: z.enum(AREAS),
    asOf: dateText,
    issuedAt: z.string(),
    policy: policyRefSchema,
    digest: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe('SHA-256 of the content: household as asked, policy, engine version, figures and findings'),
    conclusion: z.enum(CONCLUSIONS),
    tier: z.string().nullable(),
    countedMembers: z.int(),
    standardMonthly: yuan,
    annualIncome: yuan,
    perCapitaMonthly: yuan.nullable(),
    income: z.array(z.object({ member: z.int(), ...categories, deduction: yuan })),
    support: z.array(z.object({ supporter: z.int(), amount: yuan, basis: z.enum(SUPPORT_BASES) })),
    findings: z.array(
      z.object({
        code: z.enum(FINDING_CODES as [FindingCode, ...FindingCode[]]),
        effect: z.enum(EFFECTS),
        member: z.int().nullable(),
        source: z.string().nullable(),
        recordId: z.string().nullable(),
        detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
      }),
    ),
    sources: z.array(
      z.object({
        source: z.string(),
        state: z.enum(SOURCE_STATES),
        asOf: dateText.nullable(),
        loading: z.literal(true).optional(),
      }),
    ),
    persons: z
      .array(
        z.object({
          row: z.int().describe('member or supporter number, from 1'),
          relation: z.enum(RELATIONS),
          name: z.string().describe('masked'),
          idNumber: z.string().describe('masked'),
        }),
      )
      .describe('the rows of the household, masked'),
  })
  .meta({ id: 'Report' });
export type Report = z.infer<typeof reportSchema>;

/**
 * How much of a batch's work is done when its body has been received, parsed, checked and stored: what was measured, as a share of the time from
 * the first byte to the last report. Before, only the sender knows how much there is; `progress` goes on from here.
 */
export const RECEIVED_SHARE = 0.4;

export const BATCH_STATES = ['receiving', 'running', 'done', 'cancelled'] as const;
export type BatchState = (typeof BATCH_STATES)[number];
export const batchSchema = z
  .object({
    id: z.string(),
    asOf: dateText,
    policy: policyRefSchema,
    state: z.enum(BATCH_STATES),
    counts: z.object({
      households: z.int(),
      accepted: z.int(),
      rejected: z.int().describe('households'),
      rejectedRows: z.int(),
      reports: z.int(),
      withdrawn: z
        .int()
        .optional()
        .describe('accepted households without a report because an authorisation ended; not there when there are none'),
      stuck: z
        .int()
        .optional()
        .describe('households that wait for somebody to decide on a dead letter; not there when there are none'),
      dropped: z
        .int()
        .optional()
        .describe('accepted households that were given up with a dead letter; not there when there are none'),
    }),
    progress: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe(
        `share of the work that is done, as time goes: 0 while the body is received, ${RECEIVED_SHARE} when it has been, 1 when the last report can be read; a cancelled batch keeps what it had`,
      ),
    warnings: z.array(z.string()),
    createdAt: z.string(),
    finishedAt: z.string().nullable(),
    correlationId: z.string(),
  })
  .meta({ id: 'Batch' });
export type Batch = z.infer<typeof batchSchema>;
export const batchQuerySchema = z.object({
  asOf: z.string().optional().describe('YYYY-MM-DD (required)'),
  policy: z.string().optional().describe('ID or ID@version'),
});
export const batchesPageSchema = z.object({ items: z.array(batchSchema), next: z.string().nullable() });

const cell = z.union([z.string(), z.number()]).nullable().optional();
/** One row of a household in JSON: the person's columns of the batch file in camelCase. Money as strings in yuan. */
export const personRowSchema = z
  .object({
    relation: z.string().describe(RELATIONS.join(' | ')),
    idType: cell.describe(ID_TYPES.join(' | ')),
    idNumber: cell,
    name: cell,
    maritalStatus: cell.describe(MARITAL_STATUSES.join(' | ')),
    declaredWage: cell,
    declaredOperating: cell,
    declaredProperty: cell,
    declaredTransfer: cell,
    declaredOther: cell,
    rigidExpenditure: cell,
    householdSize: cell,
    supportedPersons: cell,
    agreedSupport: cell,
    authorisationNo: cell,
    authorisedOn: cell,
    authorisedUntil: cell,
  })
  .meta({ id: 'PersonRow' });
export const verificationRequestSchema = z
  .object({
    asOf: z.string(),
    policy: z.string().optional().describe('ID or ID@version'),
    programme: z.string(),
    verificationType: z.string(),
    region: z.string(),
    area: z.string(),
    benefitNo: z.string().nullable().optional(),
    householdRef: z.string().nullable().optional(),
    persons: z.array(personRowSchema).min(1).max(50),
  })
  .meta({ id: 'VerificationRequest' });
export type VerificationRequest = z.infer<typeof verificationRequestSchema>;
/** 202: the report was not ready within the wait. */
export const pendingReportSchema = z
  .object({ reportNo: z.string(), state: z.literal('pending'), location: z.string() })
  .meta({ id: 'PendingReport' });

export const policySummarySchema = z
  .object({
    id: z.string(),
    version: z.int(),
    digest: z.string(),
    title: z.object({ zh: z.string(), en: z.string() }),
    effectiveFrom: dateText,
    publishedAt: z.string(),
  })
  .meta({ id: 'PolicySummary' });
export type PolicySummary = z.infer<typeof policySummarySchema>;
export const policyListSchema = z.object({ items: z.array(policySummarySchema), next: z.string().nullable() });
export const policySchema = policySummarySchema
  .extend({ document: z.record(z.string(), z.unknown()) })
  .meta({ id: 'Policy' });
export type Policy = z.infer<typeof policySchema>;
