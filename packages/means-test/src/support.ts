import type { AssistanceFact, Fen, RequestPerson, Support } from '@hedui/contracts';
import { isActive } from './assistance.js';
import type { KeyDates } from './dates.js';
import type { PersonFacts } from './facts.js';
import { assessedTotal, verifiedIncome } from './income.js';
import type { Policy } from './policy/compile.js';

const MAX = Number.MAX_SAFE_INTEGER;

/** How a support came about; what a basis does not look at stays null. */
export interface SupportSteps {
  /** A, fen. */
  income: number | null;
  /** 12·s·B·multiple, hundredths of a fen. */
  line: bigint | null;
  /** max(0, A − line), hundredths of a fen. */
  excess: bigint | null;
  /** excess × rate, millionths of a fen: before it is divided by q and floored. */
  share: bigint | null;
  /** The benefit that makes the supporter a recipient. */
  benefit: AssistanceFact | null;
}
export const noSupportSteps = (): SupportSteps => ({
  income: null,
  line: null,
  excess: null,
  share: null,
  benefit: null,
});

/**
 * What one living supporter is held to give in a year (README §6): the agreed sum; else nothing from a recipient; else a
 * share of what the supporter's own household has above its line. `standard` is B, monthly. `steps` is written on for
 * whoever wants to show how the sum came about.
 */
export function supportOf(
  policy: Policy,
  dates: KeyDates,
  supporter: number,
  person: RequestPerson,
  facts: PersonFacts,
  standard: Fen,
  steps?: SupportSteps,
): Support {
  if (person.agreedSupport !== null) return { supporter, amount: person.agreedSupport, basis: 'agreed' };
  for (const record of facts.assistance) {
    if (policy.exclusiveProgrammes.has(record.programme) && isActive(record, dates.asOf)) {
      if (steps !== undefined) steps.benefit = record;
      return { supporter, amount: 0 as Fen, basis: 'recipient' };
    }
  }
  const income = assessedTotal(person.declared, verifiedIncome(facts, dates));
  const amount = supportByFormula(policy, income, person.householdSize, supportedBy(person), standard, steps);
  return { supporter, amount, basis: 'formula' };
}

/** q: nobody supports fewer than one. */
export function supportedBy(person: RequestPerson): number {
  return Math.max(person.supportedPersons, 1);
}

/**
 * ⌊max(0, A − 12·s·B·multiple) × rate ÷ q⌋, floored once. The multiple and the rate are hundredths, so the whole is
 * (100·A − 12·s·B·multiple) × rate ÷ (100 × 100 × 100 × q); what a double cannot hold goes through BigInt.
 */
function supportByFormula(
  policy: Policy,
  income: number,
  size: number,
  supported: number,
  standard: Fen,
  steps?: SupportSteps,
): Fen {
  const { standardMultiple, ratePercent } = policy.supporter;
  const earned = income * 100;
  const line = 12 * size * standard * standardMultiple;
  const product = (earned - line) * ratePercent;
  const divisor = 1_000_000 * supported;
  if (steps === undefined && Math.max(earned, line, product, divisor) <= MAX) {
    const above = Math.max(0, product);
    return ((above - (above % divisor)) / divisor) as Fen;
  }
  const exactLine = 12n * BigInt(size) * BigInt(standard) * BigInt(standardMultiple);
  const above = BigInt(income) * 100n - exactLine;
  const excess = above > 0n ? above : 0n;
  const share = excess * BigInt(ratePercent);
  if (steps !== undefined) Object.assign(steps, { income, line: exactLine, excess, share });
  return Number(share / (1_000_000n * BigInt(supported))) as Fen;
}
