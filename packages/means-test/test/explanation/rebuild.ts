/**
 * An auditor with nothing but the explanation: works the figures, the tier and the conclusion out again from the declared
 * and found amounts, the keys of the policy and the states it shows. Shares no code with the package and reads no sentence.
 */
import type { Explanation } from '@hedui/contracts';

interface Rebuilt {
  annualIncome: string;
  perCapitaMonthly: string | null;
  contributions: string[];
  support: string[];
  tier: string | null;
  conclusion: string;
}

type Income = Explanation['arithmetic']['members'][number]['income'];
type Test = Explanation['arithmetic']['tests'][number];

/** Text with any number of decimals → integer at `places` decimals. */
function scaled(text: string, places = 2): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(places, '0'));
}
const yuan = (fen: bigint): string => {
  const digits = String(fen < 0n ? -fen : fen).padStart(3, '0');
  return `${fen < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);

function assessed(income: Income): { wage: bigint; all: bigint } {
  const wage = max(
    scaled(income.wage.declared),
    sum(income.wage.months.map((m) => max(scaled(m.tax), scaled(m.fund)))),
  );
  const rest = [income.operating, income.property, income.transfer, income.other].map((line) =>
    max(scaled(line.declared), sum(line.months.map((m) => scaled(m.amount)))),
  );
  return { wage, all: wage + sum(rest) };
}

function supportOf(s: Explanation['arithmetic']['supporters'][number]): bigint {
  if (s.deathDate !== null) return 0n;
  if (s.agreedSupport !== null) return scaled(s.agreedSupport);
  if (s.benefitRecordId !== null || s.formula === null) return 0n;
  const { standardMonthly, standardMultiple, ratePercent } = s.formula;
  const line = 12n * BigInt(s.householdSize) * scaled(standardMonthly) * scaled(standardMultiple);
  const excess = max(0n, assessed(s.formula.income).all * 100n - line);
  return (excess * scaled(ratePercent)) / (1_000_000n * BigInt(s.supportedPersons));
}

/** Whether a test is failed, from its own key and the figures of the household where it has them. */
export function isFailed(test: Test, income: bigint, explanation: Explanation): boolean {
  const { standard, disposable, countedMembers, expenditure } = explanation.arithmetic;
  const n = BigInt(countedMembers);
  const yearly = scaled(standard.amount) * 12n * n;
  if (test.test === 'income_multiple') return income * 100n >= scaled(test.key ?? '') * yearly;
  if (test.test === 'income_disposable') return income >= scaled(disposable?.amount ?? '') * n;
  if (test.test === 'expenditure') return max(0n, income - scaled(expenditure)) >= yearly;
  if (test.test === 'fund_balance')
    return scaled(test.value) * 100n > scaled(test.key ?? '') * scaled(standard.amount) * n;
  return scaled(test.value) > scaled(test.key ?? '0');
}

export function rebuild(explanation: Explanation): Rebuilt {
  const { arithmetic, findings, sources, tier } = explanation;
  const contributions = arithmetic.members.map(({ income, deduction }) => {
    const { wage, all } = assessed(income);
    return all - min((wage * scaled(deduction.percent)) / 10_000n, scaled(deduction.cap));
  });
  const support = arithmetic.supporters.map(supportOf);
  const income = max(0n, sum(contributions) + sum(support));
  const n = BigInt(arithmetic.members.length);
  const complete = sources.every((source) => !source.required || isFresh(source));
  return {
    annualIncome: yuan(income),
    perCapitaMonthly: n === 0n ? null : yuan((2n * income + 12n * n) / (24n * n)),
    contributions: contributions.map(yuan),
    support: support.map(yuan),
    tier: n === 0n || !complete ? null : (firstTier(tier.entries, income, explanation) ?? 'none'),
    conclusion: conclude(
      n === 0n ? [] : findings.map((finding) => finding.effect),
      complete,
      n === 0n ? 'needs_review' : 'meets',
    ),
  };
}

function conclude(effects: readonly string[], complete: boolean, otherwise: string): string {
  if (effects.includes('fails')) return 'does_not_meet';
  if (!complete) return 'incomplete';
  return effects.includes('review') ? 'needs_review' : otherwise;
}

function isFresh(source: Explanation['sources'][number]): boolean {
  if (source.state === 'no_reply' || source.ageDays === null) return false;
  return source.freshnessDays === null || source.ageDays <= source.freshnessDays;
}

/** Codes of the records count as they are told; those of tests count when the test is failed by the figures. */
function firstTier(
  entries: Explanation['tier']['entries'],
  income: bigint,
  explanation: Explanation,
): string | undefined {
  return entries.find((entry) => {
    if (entry.passedOver !== null) return false;
    const codes = new Set(entry.findings.filter((f) => f.by === 'records').map((f) => f.code));
    for (const test of entry.tests) if (isFailed(test, income, explanation)) for (const c of test.codes) codes.add(c);
    return !entry.findings.some((finding) => codes.has(finding.code) && finding.effect === 'fails');
  })?.tier;
}
