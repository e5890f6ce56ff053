import { createHash } from 'node:crypto';
import type { Queryable } from '@hedui/postgres';
import {
  type AttemptKind,
  attemptOpensIn,
  forgetAttempts,
  giveAttemptBack,
  type HoldBack,
  takeAttempt,
} from '../db/attempts.js';

const DAY = 86_400;

/**
 * Who fails has to wait: the first failures cost nothing, then the pause doubles. An account opens for some hundred guesses a day at
 * most, wherever they come from; an address is held back whichever accounts it tries. Neither is ever shut for good, so that nobody can
 * shut others out for longer than a pause; an administrator opens an account at once.
 */
export const HOLD_BACK: Readonly<Record<AttemptKind, HoldBack>> = {
  account: { free: 5, first: 15, most: 900, forget: DAY },
  address: { free: 40, first: 15, most: 900, forget: 3600 },
};

/** An account or address as the table knows it. */
export const attemptKey = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 22);

export type Admission =
  | { admitted: true /** The account is held back from now on. */; lockedNow: boolean }
  | { admitted: false /** Seconds. */; wait: number };

/** Whether an attempt may be looked at. It counts as failed until `succeeded` or `withdraw` says otherwise. */
export async function admit(db: Queryable, login: string, address: string): Promise<Admission> {
  const byAddress = await takeAttempt(db, 'address', attemptKey(address), HOLD_BACK.address);
  if (byAddress === null) return { admitted: false, wait: await attemptOpensIn(db, 'address', attemptKey(address)) };
  const byAccount = await takeAttempt(db, 'account', attemptKey(login), HOLD_BACK.account);
  if (byAccount === null) return { admitted: false, wait: await attemptOpensIn(db, 'account', attemptKey(login)) };
  return { admitted: true, lockedNow: byAccount === HOLD_BACK.account.free + 1 };
}

/** The password was right. The address keeps its other failures: somebody with one account may be guessing others. */
export async function succeeded(db: Queryable, login: string, address: string): Promise<void> {
  await forgetAttempts(db, 'account', attemptKey(login));
  await giveAttemptBack(db, 'address', attemptKey(address));
}

/** The attempt was not looked at. */
export async function withdraw(db: Queryable, login: string, address: string): Promise<void> {
  await giveAttemptBack(db, 'account', attemptKey(login));
  await giveAttemptBack(db, 'address', attemptKey(address));
}
