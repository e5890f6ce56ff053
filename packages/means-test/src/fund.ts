import { type AccountFact, formatMonth, formatYuan } from '@hedui/contracts';
import type { KeyDates } from './dates.js';
import type { PersonFacts } from './facts.js';
import { addFinding, type FindingList } from './finding-list.js';
import type { Policy } from './policy/compile.js';

const NORMAL = '01';
/** Statuses whose balance is the person's own: normal, sealed, frozen. */
const holdsBalance = (account: AccountFact): boolean =>
  account.status === NORMAL || account.status === '02' || account.status === '06';

/** FUND_ACTIVE and FUND_LOAN of one member (README §8.4); gives the balance in fen that counts for the household. */
export function examineFund(
  policy: Policy,
  dates: KeyDates,
  list: FindingList,
  member: number,
  facts: PersonFacts,
): number {
  let balance = 0;
  for (const account of facts.account) {
    if (holdsBalance(account)) balance += account.balance;
    const { paidThrough, loanRepayment } = account;
    if (account.status === NORMAL && paidThrough !== null && paidThrough >= dates.paidSince) {
      addFinding(list, 'FUND_ACTIVE', member, 'housing_fund', account.recordId, {
        status: account.status,
        paidThrough: formatMonth(paidThrough),
        wageBase: formatYuan(account.wageBase),
      });
    }
    if (policy.loanRepayment !== null && loanRepayment !== null && loanRepayment > policy.loanRepayment) {
      addFinding(list, 'FUND_LOAN', member, 'housing_fund', account.recordId, {
        monthlyRepayment: formatYuan(loanRepayment),
        limit: formatYuan(policy.loanRepayment),
      });
    }
  }
  return balance;
}
