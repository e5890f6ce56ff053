import { type ExplainedTest, type FindingCode, formatYuan } from '@hedui/contracts';
import type { Measures } from '../measures.js';
import { findingBit, type Programme } from '../policy/compile.js';
import {
  disposableLimit,
  fundLimit,
  highestCapital,
  multipleLimit,
  overDisposable,
  overMultiple,
  type Standards,
  spendable,
  testCodes,
  yearlyStandard,
} from '../programme-tests.js';
import { say } from './texts/sentences.js';
import { wordFor } from './texts/terms.js';

type Outcome = Omit<ExplainedTest, 'value' | 'limit' | 'margin' | 'text'> & { value: number; limit: number };

/** The tests of one programme with the margin to each limit (README §8); a key left out of the policy is no test. */
export function explainTests(programme: Programme, m: Measures, standards: Standards): ExplainedTest[] {
  const codes = testCodes(programme, m, standards);
  const outcomes: Outcome[] = [];
  const add = (
    test: Outcome['test'],
    relation: Outcome['relation'],
    raised: readonly FindingCode[],
    key: string | null,
    value: number,
    limit: number,
  ): void => {
    outcomes.push({ test, relation, codes: [...raised], raised: raised.length > 0, key, value, limit });
  };
  const raisedOf = (...of: FindingCode[]): FindingCode[] => of.filter((code) => (codes & findingBit[code]) !== 0);
  const over = (is: boolean): FindingCode[] => (is ? ['INCOME_OVER'] : []);

  const multiple = multipleLimit(programme, m, standards);
  if (multiple !== null) {
    const key = formatYuan(programme.incomeCeiling ?? 0);
    add('income_multiple', 'below', over(overMultiple(programme, m, standards)), key, m.annualIncome, multiple);
  }
  const disposable = disposableLimit(programme, m, standards);
  if (disposable !== null) {
    add('income_disposable', 'below', over(overDisposable(programme, m, standards)), null, m.annualIncome, disposable);
  }
  if (programme.expenditureTest) {
    add('expenditure', 'below', raisedOf('EXPENDITURE_LOW'), null, spendable(m), yearlyStandard(m, standards));
  }
  if (programme.maxVehicles !== null) {
    const { maxVehicles } = programme;
    add('vehicles', 'at_most', raisedOf('VEHICLE_OWNED'), String(maxVehicles), m.vehicles.length, maxVehicles);
  }
  const fund = fundLimit(programme, m, standards);
  if (fund !== null) {
    const key = formatYuan(programme.fundBalanceMonths ?? 0);
    add('fund_balance', 'at_most', raisedOf('FUND_BALANCE_OVER'), key, m.fundBalance, fund);
  }
  if (programme.investorCapital !== null) {
    const { investorCapital } = programme;
    const key = formatYuan(investorCapital);
    add('investor_capital', 'at_most', raisedOf('COMPANY_INVESTOR'), key, highestCapital(m), investorCapital);
  }
  if (programme.exclusive) {
    const raised = raisedOf('DUPLICATE_BENEFIT', 'CROSS_REGION_BENEFIT');
    add('exclusive_benefit', 'at_most', raised, null, m.benefits.length, 0);
  }
  return outcomes.map(written);
}

const COUNTED: ReadonlySet<ExplainedTest['test']> = new Set(['vehicles', 'exclusive_benefit']);

function written(outcome: Outcome): ExplainedTest {
  const counted = COUNTED.has(outcome.test);
  const show = counted ? String : formatYuan;
  const line = {
    value: show(outcome.value),
    limit: show(outcome.limit),
    margin: show(outcome.limit - outcome.value),
  };
  return {
    ...outcome,
    ...line,
    text: say('test', {
      ...line,
      test: wordFor(outcome.test, 'test'),
      unit: say(counted ? 'unitCount' : 'unitYuan'),
      relation: wordFor(outcome.relation, 'relation'),
      raised: wordFor(outcome.raised ? 'yes' : 'no', 'raised'),
    }),
  };
}
