import type { SourceState } from './facts.js';
import type { Fen } from './money.js';
import type { Conclusion, Effect, FindingCode, IncomeCategory, SupportBasis } from './registry.js';

/** One finding. `detail` holds codes, dates (YYYY-MM-DD) and money (yuan strings) only: nothing that names a person. */
export interface Finding {
  code: FindingCode;
  effect: Effect;
  /** Row of the household, from 1; null for the household as a whole. */
  member: number | null;
  source: string | null;
  recordId: string | null;
  detail: Record<string, string | number | boolean | null>;
}

export interface CategoryIncome {
  declared: Fen;
  verified: Fen;
  assessed: Fen;
}
export type MemberIncome = { member: number; deduction: Fen } & Record<IncomeCategory, CategoryIncome>;

export interface Support {
  supporter: number;
  amount: Fen;
  basis: SupportBasis;
}

/** What the rules give for one household. Pure data; the same whatever service reads it. */
export interface Assessment {
  conclusion: Conclusion;
  /** Tier code of the policy, `none`, or null when it cannot be told. */
  tier: string | null;
  countedMembers: number;
  standardMonthly: Fen;
  annualIncome: Fen;
  /** Counted members only. */
  income: MemberIncome[];
  support: Support[];
  findings: Finding[];
  sources: SourceState[];
}

export interface PolicyRef {
  id: string;
  version: number;
  digest: string;
}
