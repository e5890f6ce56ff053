import { AREAS, EFFECTS, FINDING_CODES, type FindingCode, parseDay, SOURCES } from '@hedui/contracts';
import { z } from 'zod';
import { readHundredths, readMoney } from './decimal.js';

/**
 * The policy document as people write it (README §13). Refinements carry their rule in both languages; they do not
 * show in OpenAPI, so descriptions repeat them.
 */
const money = z
  .union([z.string(), z.number()])
  .refine((value) => readMoney(value) !== null, {
    message: '金额为非负的元，最多两位小数 / yuan, not negative, at most two decimals, no separators',
  })
  .meta({ description: 'yuan, at most two decimals, e.g. "735.00"' });
const hundredths = z
  .union([z.number(), z.string()])
  .refine((value) => readHundredths(value) !== null, {
    message: '非负数，最多两位小数 / a number, not negative, at most two decimals',
  })
  .meta({ description: 'not negative, at most two decimals' });
const date = z
  .string()
  .refine((text) => parseDay(text) !== null, { message: '日期为 YYYY-MM-DD / a date of the calendar, YYYY-MM-DD' })
  .meta({ description: 'YYYY-MM-DD' });
const region = z.string().regex(/^[1-9]\d{5}(?:\d{3})?$/, {
  error: '行政区划代码为六位或九位数字，须加引号 / a region code of six or nine digits, quoted',
});
const code = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, {
  error: '代码为小写字母、数字和下划线 / a code of small letters, digits and underscores',
});
const count = z.int().min(0).max(1_000_000);
const area = z.enum(AREAS);
const effects = z.partialRecord(z.enum(FINDING_CODES as [FindingCode, ...FindingCode[]]), z.enum(EFFECTS));

export const programmeDocumentSchema = z.strictObject({
  area: area.optional().meta({ description: 'the programme is for this area alone' }),
  incomeCeiling: hundredths.optional().meta({ description: 'multiple of B; income at or above it: INCOME_OVER' }),
  incomeCeilingDisposable: z.boolean().optional().meta({ description: 'income at or above D a head: INCOME_OVER' }),
  expenditureTest: z.boolean().optional(),
  maxVehicles: count.optional(),
  fundBalanceMonths: hundredths.optional().meta({ description: 'multiple of B a head' }),
  investorCapital: money.optional(),
  requires: z.array(z.enum(SOURCES)),
  effects: effects.optional(),
});

const tierDocumentSchema = z.strictObject({
  programme: code.optional(),
  urban: code.optional(),
  rural: code.optional(),
  code,
});

export const policyDocumentSchema = z
  .strictObject({
    id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
      error: '编号为字母、数字、点、横线、下划线 / letters, digits, dot, hyphen, underscore; at most 64',
    }),
    version: z.int().min(1).max(1_000_000_000),
    title: z.strictObject({ zh: z.string().min(1), en: z.string().min(1) }).optional(),
    effectiveFrom: date,
    standards: z.array(z.strictObject({ region, area, from: date, monthly: money })).min(1),
    disposableIncome: z.array(z.strictObject({ region, area, from: date, yearly: money })).optional(),
    freshness: z.strictObject({
      tax: count.optional(),
      vehicle: count.optional(),
      housing_fund: count.optional(),
      business_registry: count.optional(),
      civil_affairs: count.optional(),
    }),
    tolerance: z.strictObject({ percent: hundredths, yearly: money }),
    employmentCost: z.strictObject({ percent: hundredths, monthlyCap: money }),
    supporter: z.strictObject({ standardMultiple: hundredths, ratePercent: hundredths }),
    recentMonths: z.int().min(0).max(1200),
    loanRepayment: money.optional(),
    vehicles: z.strictObject({
      exemptPlateTypes: z.array(
        z.string().regex(/^\d{2}$/, {
          error: '号牌种类为两位数字，须加引号 / a plate type of two digits, quoted',
        }),
      ),
      goneStatus: z.array(z.string().regex(/^[A-Za-z]$/, { error: '状态为单个字母 / a status is one letter' })),
    }),
    exclusiveProgrammes: z.array(code),
    effects: effects.optional(),
    programmes: z.record(code, programmeDocumentSchema),
    tiers: z.array(tierDocumentSchema),
  })
  .meta({ id: 'PolicyDocument' });
export type PolicyDocument = z.infer<typeof policyDocumentSchema>;
export type ProgrammeDocument = z.infer<typeof programmeDocumentSchema>;
