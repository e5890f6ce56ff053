import { type Day, type Month, monthOf, monthsBefore } from '@hedui/contracts';
import type { Policy } from './policy/compile.js';

/** What the rules need of the as-of date T, worked out once. */
export interface KeyDates {
  asOf: Day;
  /** First month of the window: the twelve calendar months before T's month. */
  windowStart: Month;
  /** before(T, recentMonths): a later event is recent. */
  recentAfter: Day;
  /** The month two before T's month: a deposit paid through it or later is being paid. */
  paidSince: Month;
}

export const WINDOW_MONTHS = 12;

const lastDates = new WeakMap<Policy, KeyDates>();

/** The key dates of T under a policy; kept from call to call, as a batch has one as-of date. */
export function keyDates(policy: Policy, asOf: Day): KeyDates {
  const kept = lastDates.get(policy);
  if (kept !== undefined && kept.asOf === asOf) return kept;
  const month = monthOf(asOf);
  const dates: KeyDates = {
    asOf,
    windowStart: (month - WINDOW_MONTHS) as Month,
    recentAfter: monthsBefore(asOf, policy.recentMonths),
    paidSince: (month - 2) as Month,
  };
  lastDates.set(policy, dates);
  return dates;
}
