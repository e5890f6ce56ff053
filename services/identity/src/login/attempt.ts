import { inTransaction, type Pool } from '@hedui/postgres';
import { personDoes, recordChange, SERVICE_DOES } from '../audit.js';
import { deleteStatesOfAccount } from '../db/states.js';
import { markLogin, type StoredUser, setUserPassword, userByLogin } from '../db/users.js';
import type { LoginTrouble } from '../pages/login.js';
import { type Gate, GateFull } from '../passwords/gate.js';
import type { Guessable } from '../passwords/guessable.js';
import { checkPassword, hashPassword } from '../passwords/hash.js';
import { admit, attemptKey, succeeded, withdraw } from '../passwords/lock-out.js';

export interface LoginChecks {
  pool: Pool;
  gate: Gate;
  guessable: Guessable;
}

export interface LoginAttempt {
  login: string;
  password: string;
  /** Where it comes from. */
  address: string;
  correlationId: string;
  /** The new password of somebody who has to choose one, typed twice. */
  fresh: { password: string; again: string } | null;
}

export type LoginOutcome =
  | { entered: true; accountId: string }
  | { entered: false; mustChange: boolean; trouble: LoginTrouble | null };

const refused = (trouble: LoginTrouble, mustChange = false): LoginOutcome => ({ entered: false, mustChange, trouble });
const LOGIN = /^[a-z][a-z0-9-]{2,62}$/;

function freshTrouble(attempt: LoginAttempt): LoginTrouble | null {
  const { fresh, password } = attempt;
  if (!fresh) return null;
  if (fresh.password.length < 12 || fresh.password.length > 200) return { kind: 'new_password', reason: 'short' };
  if (fresh.password !== fresh.again) return { kind: 'new_password', reason: 'different' };
  return fresh.password === password ? { kind: 'new_password', reason: 'same' } : null;
}

/**
 * Looks at one attempt to log in. Whether the login exists, is disabled or has another password makes no difference in the answer, nor in the
 * time that it takes; whoever fails too often is not looked at until a pause is over; hashing is bounded by `gate`.
 */
export async function attemptLogin(deps: LoginChecks, attempt: LoginAttempt): Promise<LoginOutcome> {
  const { pool, gate, guessable } = deps;
  const { address, correlationId } = attempt;
  const login = attempt.login.trim().toLowerCase();
  const admission = await admit(pool, login, address);
  if (!admission.admitted) return refused({ kind: 'wait', seconds: admission.wait }, attempt.fresh !== null);
  if (admission.lockedNow) {
    await inTransaction(pool, (client) =>
      recordChange(
        client,
        { ...SERVICE_DOES, correlationId },
        'login.held_back',
        { kind: 'account', id: attemptKey(login) },
        { address: attemptKey(address) },
      ),
    );
  }
  const found = LOGIN.test(login) ? await userByLogin(pool, login) : null;
  let checked: Awaited<ReturnType<typeof checkPassword>>;
  let freshHash: string | null = null;
  let trouble = freshTrouble(attempt);
  try {
    checked = await gate.run(() => checkPassword(attempt.password.slice(0, 200), found?.password ?? null));
    if (checked.correct && attempt.fresh && !trouble) {
      const { password } = attempt.fresh;
      // Only for who knows the present one: looking is work.
      if (await gate.run(() => guessable(password, login))) trouble = { kind: 'new_password', reason: 'guessable' };
      else freshHash = await gate.run(() => hashPassword(password));
    }
  } catch (error) {
    if (!(error instanceof GateFull)) throw error;
    await withdraw(pool, login, address);
    return refused({ kind: 'busy' }, attempt.fresh !== null);
  }
  if (!found || !checked.correct || found.user.disabled) return refused({ kind: 'wrong' }, attempt.fresh !== null);
  await succeeded(pool, login, address);
  const unchanged = attempt.fresh ? trouble !== null : found.user.mustChangePassword;
  if (unchanged) return { entered: false, mustChange: true, trouble };
  await enter(pool, found, { fresh: freshHash, renewed: checked.renewed, correlationId });
  return { entered: true, accountId: found.user.id };
}

async function enter(
  pool: Pool,
  { user }: StoredUser,
  with_: { fresh: string | null; renewed: string | null; correlationId: string },
): Promise<void> {
  await inTransaction(pool, async (client) => {
    const hash = with_.fresh ?? with_.renewed;
    if (hash !== null) await setUserPassword(client, user.id, hash, false);
    if (with_.fresh !== null) await deleteStatesOfAccount(client, user.id);
    await markLogin(client, user.id);
    const doer = personDoes(user.id, with_.correlationId);
    await recordChange(
      client,
      doer,
      'user.login',
      { kind: 'user', id: user.id },
      { newPassword: with_.fresh !== null },
    );
  });
}
