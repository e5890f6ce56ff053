import { FINDING_CODES, FINDING_DEFAULTS, type FindingCode, type Report, reportSchema } from '@hedui/contracts';
import type { ReportDocument } from '../src/document.js';

export type Finding = Report['findings'][number];

const nothing = { declared: '0.00', verified: '0.00', assessed: '0.00' };

export function incomeOf(member: number, declared: string, verified: string): Report['income'][number] {
  return {
    member,
    wage: { declared, verified, assessed: Number(declared) > Number(verified) ? declared : verified },
    operating: nothing,
    property: nothing,
    transfer: { declared: '1200.00', verified: '0.00', assessed: '1200.00' },
    other: nothing,
    deduction: '3600.00',
  };
}

export const finding = (code: FindingCode, rest: Partial<Finding> = {}): Finding => ({
  code,
  effect: FINDING_DEFAULTS[code],
  member: null,
  source: null,
  recordId: null,
  detail: {},
  ...rest,
});

/** Findings as the rules give them, one for each that they raise. */
export const FINDINGS: readonly Finding[] = [
  finding('MEMBER_DECEASED', { member: 4, source: 'civil_affairs', detail: { deathDate: '2026-03-02' } }),
  finding('DEAD_STILL_PAID', {
    member: 4,
    source: 'civil_affairs',
    recordId: 'A00000031',
    detail: { programme: 'rural_dibao', region: '520103', from: '2021-01-01' },
  }),
  finding('ID_NAME_MISMATCH', { member: 2, source: 'tax', detail: { recordTypes: 'income' } }),
  finding('MARITAL_CONFLICT', {
    member: 1,
    source: 'civil_affairs',
    recordId: 'M00000017',
    detail: { state: 'married', eventDate: '2015-06-18', declared: 'divorced' },
  }),
  finding('SUPPORTER_CAPABLE', { member: 5, detail: { amount: '9815.50', basis: 'formula' } }),
  finding('VEHICLE_OWNED', {
    member: 1,
    source: 'vehicle',
    recordId: 'V00000001',
    detail: { plateType: '02', status: 'GQ', registeredOn: '2019-04-12', counted: 1, allowed: 0 },
  }),
  finding('VEHICLE_EXEMPT', {
    member: 2,
    source: 'vehicle',
    recordId: 'V00000035',
    detail: { plateType: '07', status: 'A', registeredOn: '2012-09-01' },
  }),
  finding('COMPANY_INVESTOR', {
    member: 2,
    source: 'business_registry',
    recordId: 'B00000015',
    detail: {
      role: 'investor',
      entityType: 'company',
      entityStatus: 'active',
      capital: '1000000.00',
      limit: '0.00',
    },
  }),
  finding('INCOME_UNDERDECLARED', {
    member: 1,
    source: 'tax',
    detail: { category: 'wage', declared: '12000.00', verified: '48000.00', tolerance: '1200.00' },
  }),
  finding('INCOME_OVER', {
    detail: { ceiling: 'multiple', limit: '26460.00', annualIncome: '61815.50' },
  }),
  finding('FUND_ACTIVE', {
    member: 1,
    source: 'housing_fund',
    recordId: 'F00000048',
    detail: { status: '01', paidThrough: '2026-10', wageBase: '4000.00' },
  }),
];

export function reportWith(part: Partial<Report> = {}): Report {
  return reportSchema.parse({
    reportNo: 'R-520102-20261115-000042',
    digest: 'd1e5'.repeat(16),
    batchId: null,
    householdRef: 'H0000042',
    programme: 'urban_dibao',
    verificationType: 'new_application',
    region: '520102',
    area: 'urban',
    asOf: '2026-11-15',
    issuedAt: '2026-11-16T01:30:00.000Z',
    policy: { id: 'sample-city', version: 1, digest: '9f2c'.repeat(16) },
    conclusion: 'does_not_meet',
    tier: 'none',
    countedMembers: 3,
    standardMonthly: '735.00',
    annualIncome: '61815.50',
    perCapitaMonthly: '1717.10',
    income: [incomeOf(1, '12000.00', '48000.00'), incomeOf(2, '0.00', '0.00'), incomeOf(3, '0.00', '0.00')],
    support: [{ supporter: 5, amount: '9815.50', basis: 'formula' }],
    findings: [...FINDINGS],
    sources: [
      { source: 'tax', state: 'answered', asOf: '2026-11-10' },
      { source: 'vehicle', state: 'answered', asOf: '2026-11-08', loading: true },
      { source: 'housing_fund', state: 'answered', asOf: '2026-11-01' },
      { source: 'business_registry', state: 'answered', asOf: '2026-11-09' },
      { source: 'civil_affairs', state: 'answered', asOf: '2026-11-12' },
    ],
    persons: [
      { row: 1, relation: 'applicant', name: '䶮*', idNumber: '520000********0013' },
      { row: 2, relation: 'spouse', name: '𠮷*', idNumber: '520000********0021' },
      { row: 3, relation: 'child', name: '张*', idNumber: '520000********0035' },
      { row: 4, relation: 'parent', name: '阿*', idNumber: '520000********0048' },
      { row: 5, relation: 'supporter', name: '李*', idNumber: 'ABC********1234' },
    ],
    ...part,
  });
}

export function documentOf(report: Report = reportWith(), part: Partial<ReportDocument> = {}): ReportDocument {
  return {
    report,
    centre: {
      zh: '示例市居民家庭经济状况核对中心',
      en: 'Sample City Centre for Household Verification',
      address: '示例市示例区示例路 1 号 2 楼 3 号窗口',
      telephone: '0000-12345678',
    },
    objectionDays: 5,
    validMonths: 6,
    printCount: 1,
    policyTitle: { zh: '示例市社会救助核对规则', en: 'Sample city verification policy' },
    ...part,
  };
}

/** Nine members, two supporters, more than thirty findings, long details: several pages. */
export function longReport(): Report {
  const relations = ['applicant', 'spouse', 'child', 'child', 'child', 'parent', 'parent', 'other', 'other'] as const;
  const names = ['䶮', '𠮷', '欧', '㛃', '买', '𬎆', '张', '王', '李', '赵', '钱'];
  const mark = (row: number): { name: string; idNumber: string } => ({
    name: `${names[row - 1] ?? '张'}*`,
    idNumber: `520000********${String(row).padStart(4, '0')}`,
  });
  const long = finding('COMPANY_LEGAL_REP', {
    member: 8,
    source: 'business_registry',
    recordId: 'B-2026-520102-00000000000000000000000000000000000917',
    detail: {
      role: 'legal_representative',
      entityType: 'sole_proprietorship',
      entityStatus: 'active',
      capital: '99999999.99',
      remark: `${'登记机关备注内容较长，需要在单元格内换行显示；'.repeat(12)}END_OF_REMARK_WITHOUT_ANY_SPACE_${'X'.repeat(60)}`,
    },
  });
  return reportWith({
    countedMembers: 9,
    income: relations.map((_, at) => incomeOf(at + 1, `${at}2000.00`.padStart(7, '1'), '10048000.55')),
    support: [
      { supporter: 10, amount: '9815.50', basis: 'agreed' },
      { supporter: 11, amount: '0.00', basis: 'recipient' },
    ],
    findings: [
      ...FINDINGS,
      ...FINDINGS.map((one, at) => ({
        ...one,
        member: (at % 9) + 1,
        recordId: `W-2026-${String(at).padStart(8, '0')}`,
      })),
      long,
      ...FINDINGS.slice(0, 8),
      finding('SOURCE_NO_REPLY', { source: 'housing_fund', detail: { asOf: null } }),
      finding('STALE_DATA', { source: 'vehicle', detail: { asOf: '2026-08-01' } }),
    ],
    sources: [
      { source: 'tax', state: 'answered', asOf: '2026-11-10' },
      { source: 'vehicle', state: 'stale', asOf: '2026-08-01' },
      { source: 'housing_fund', state: 'no_reply', asOf: null },
      { source: 'business_registry', state: 'answered', asOf: '2026-11-09' },
      { source: 'civil_affairs', state: 'answered', asOf: '2026-11-12' },
    ],
    persons: [
      ...relations.map((relation, at) => ({ row: at + 1, relation, ...mark(at + 1) })),
      { row: 10, relation: 'supporter' as const, ...mark(10) },
      { row: 11, relation: 'supporter' as const, ...mark(11) },
    ],
  });
}

/** A report with one finding of every code that the contracts know. */
export const everyCode = (): Report =>
  reportWith({ findings: FINDING_CODES.map((code) => finding(code, { member: 1 })) });
