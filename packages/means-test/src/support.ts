import type { Fen, RequestPerson, Support } from '@hedui/contracts';
import { isActive } from './assistance.js';
import type { KeyDates } from './dates.js';
import type { PersonFacts } from './facts.js';
import { assessedTotal, verifiedIncome } from './income.js';
import type { Policy } from './policy/compile.js';

const MAX = Number.MAX_SAFE_INTEGER;

/**
 * What one living supporter is held to give in a year (README §6): the agreed sum; else nothing from a recipient; else a
 * share of what the supporter's own household has above its line. `standard` is B, monthly.
 */
export function supportOf(
  policy: Policy,
  dates: KeyDates,
  supporter: number,
  person: RequestPerson,
  facts: PersonFacts,
  standard: Fen,
): Support {
  if (person.agreedSupport !== null) return { supporter, amount: person.agreedSupport, basis: 'agreed' };
  for (const record of facts.assistance) {
    if (policy.exclusiveProgrammes.has(record.programme) && isActive(record, dates.asOf)) {
      return { supporter, amount: 0 as Fen, basis: 'recipient' };
    }
  }
  const income = assessedTotal(person.declared, verifiedIncome(facts, dates));
  const amount = supportByFormula(policy, income, person.householdSize, Math.max(person.supportedPersons, 1), standard);
  return { supporter, amount, basis: 'formula' };
}

/**
 * ⌊max(0, A − 12·s·B·multiple) × rate ÷ q⌋, floored once. The multiple and the rate are hundredths, so the whole is
 * (100·A − 12·s·B·multiple) × rate ÷ (100 × 100 × 100 × q); what a double cannot hold goes through BigInt.
 */
function supportByFormula(policy: Policy, income: number, size: number, supported: number, standard: Fen): Fen {
  const { standardMultiple, ratePercent } = policy.supporter;
  const earned = income * 100;
  const line = 12 * size * standard * standardMultiple;
  const product = (earned - line) * ratePercent;
  const divisor = 1_000_000 * supported;
  if (earned <= MAX && line <= MAX && divisor <= MAX) {
    if (earned <= line) return 0 as Fen;
    if (product <= MAX) return ((product - (product % divisor)) / divisor) as Fen;
  }
  const excess = BigInt(income) * 100n - 12n * BigInt(size) * BigInt(standard) * BigInt(standardMultiple);
  if (excess <= 0n) return 0 as Fen;
  return Number((excess * BigInt(ratePercent)) / (1_000_000n * BigInt(supported))) as Fen;
}
