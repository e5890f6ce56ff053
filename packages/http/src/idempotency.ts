import { HeduiError } from '@hedui/errors';

/** A key is the caller's own: two callers, or two routes, may use the same one. */
export interface IdempotencyEntry {
  key: string;
  caller: string;
  route: string;
}

export interface StoredAnswer {
  status: number;
  body: string;
}

export type IdempotencyState =
  | { state: 'new' }
  /** The caller's again: the work was committed as `made`, and its process died before the answer was kept. */
  | { state: 'made'; fingerprint: string; made: string }
  | { state: 'under_way' }
  | { state: 'done'; fingerprint: string; answer: StoredAnswer };

/** The transaction of the work: what is noted through it is committed with it. */
export interface WorkTransaction {
  query(text: string, values: unknown[]): Promise<{ rowCount: number | null }>;
}

/**
 * Remembers the answers of requests that carried an Idempotency-Key.
 * - `begin` MUST let exactly one of any number of concurrent calls with the same entry have `new` or `made`.
 * - `note` MUST take effect exactly when the transaction commits, and MUST reject when the entry is no longer the caller's: what
 *   was noted comes back as `made`, so that work is never done twice however its process ends.
 * - an entry MUST stay `under_way` while its process lives and has neither finished nor released it, and MUST become
 *   `new` again some time after the process died.
 * - `finish` MUST keep the answer for at least 24 hours; it MUST NOT overwrite another's answer.
 * - `release` MUST make the entry `new` again (`made`, when something was noted), and MUST NOT touch an entry that is done.
 */
export interface IdempotencyStore {
  begin(entry: IdempotencyEntry): Promise<IdempotencyState>;
  note(transaction: WorkTransaction, entry: IdempotencyEntry, fingerprint: string, made: string): Promise<void>;
  finish(entry: IdempotencyEntry, fingerprint: string, answer: StoredAnswer): Promise<void>;
  release(entry: IdempotencyEntry): Promise<void>;
}

/** The header's value, null when there is none. Throws BODY_INVALID for what is not 1 to 255 visible ASCII characters. */
export function idempotencyKey(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  if (typeof header === 'string' && /^[\x21-\x7e]{1,255}$/.test(header)) return header;
  throw new HeduiError('BODY_INVALID', {
    detail: 'Idempotency-Key must be 1 to 255 visible ASCII characters',
    errors: [
      {
        line: null,
        column: 'Idempotency-Key',
        code: 'VALUE_INVALID',
        rule: '1 至 255 个可见 ASCII 字符 / 1 to 255 visible ASCII characters',
      },
    ],
  });
}

/** Keeps answers in this process: for tests, and for a service without a database. Answers are kept for a day. */
export function createMemoryIdempotencyStore(now: () => number = Date.now): IdempotencyStore {
  const DAY = 86_400_000;
  const entries = new Map<string, { at: number; state: IdempotencyState }>();
  const notes = new Map<string, IdempotencyState>();
  const id = ({ key, caller, route }: IdempotencyEntry) => JSON.stringify([route, caller, key]);
  return {
    async begin(entry) {
      for (const [old, { at, state }] of entries) {
        if (state.state === 'done' && at < now() - DAY) entries.delete(old);
      }
      const known = entries.get(id(entry))?.state ?? { state: 'new' };
      if (known.state === 'new' || known.state === 'made') {
        entries.set(id(entry), { at: now(), state: { state: 'under_way' } });
      }
      return known;
    },
    async note(_transaction, entry, fingerprint, made) {
      notes.set(id(entry), { state: 'made', fingerprint, made });
    },
    async finish(entry, fingerprint, answer) {
      if (entries.get(id(entry))?.state.state === 'done') return;
      entries.set(id(entry), { at: now(), state: { state: 'done', fingerprint, answer } });
    },
    async release(entry) {
      if (entries.get(id(entry))?.state.state !== 'under_way') return;
      const noted = notes.get(id(entry));
      if (noted) entries.set(id(entry), { at: now(), state: noted });
      else entries.delete(id(entry));
    },
  };
}
