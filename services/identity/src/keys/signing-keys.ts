import { createHash, generateKeyPairSync } from 'node:crypto';
import type { SigningKey } from '@hedui/contracts';
import type { Logger } from '@hedui/logging';
import { type Client, inTransaction, type Pool } from '@hedui/postgres';
import type { Sealer } from '@hedui/privacy';
import type { JWK } from 'oidc-provider';
import {
  deleteSigningKeys,
  insertSigningKey,
  lockSigningKeys,
  type SigningKeyRow,
  signingKeys,
} from '../db/signing-keys.js';
import { planKeys } from './plan.js';

/** The keys of one moment: all that are published, and which of them signs. */
export interface KeySet {
  /** Changes whenever the set or the signing key does. */
  version: string;
  signing: string;
  /** With their private halves. */
  jwks: JWK[];
}

export interface SigningKeys {
  /** The keys as they are to be used now. */
  current(): KeySet;
  listed(): SigningKey[];
  /** Reads what other copies of this service have done; makes a key when the newest is too old. */
  refresh(): Promise<void>;
  /** Adds a key in the caller's transaction; call `refresh` after its commit. */
  rotate(client: Client, compromised: boolean): Promise<string>;
}

export interface SigningKeyOptions {
  pool: Pool;
  sealer: Sealer;
  logger: Logger;
  /** How long a token holds at most, in seconds. */
  tokenSeconds: number;
  /** Seconds that a new key is published before it signs. */
  notice: number;
  /** Days after which a new key is made. */
  days: number;
  now?: () => Date;
}

const DAY_MS = 86_400_000;
/** Clocks of services may differ, and they take a token a little longer than it says. */
const MARGIN_SECONDS = 60;

/** RFC 7638: the key's own fingerprint as its id. */
function thumbprint(x: string | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }))
    .digest('base64url');
}

function newKey(): { kid: string; jwk: JWK } {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const kid = thumbprint(jwk.x);
  return { kid, jwk: { kty: 'OKP', crv: 'Ed25519', x: jwk.x, d: jwk.d, kid, alg: 'EdDSA', use: 'sig' } };
}

/** Keeps Ed25519 keys in the database, sealed. Any number of copies of this service may run. */
export async function createSigningKeys(options: SigningKeyOptions): Promise<SigningKeys> {
  const { pool, sealer, logger, notice, days } = options;
  const now = options.now ?? (() => new Date());
  const tokenSeconds = options.tokenSeconds + MARGIN_SECONDS;
  let rows: (SigningKeyRow & { jwk: JWK })[] = [];

  const planned = () => planKeys(rows, now(), tokenSeconds);

  /** Keys that the key file does not open are passed over: they were sealed under one that is gone. */
  function opened(all: readonly SigningKeyRow[]): (SigningKeyRow & { jwk: JWK })[] {
    return all.flatMap((row) => {
      try {
        return [{ ...row, jwk: JSON.parse(sealer.open(row.sealed, row.kid).toString()) }];
      } catch (error) {
        logger.error({ err: error, kid: row.kid }, 'a signing key cannot be opened');
        return [];
      }
    });
  }

  async function add(client: Client, seconds: number): Promise<string> {
    const { kid, jwk } = newKey();
    await insertSigningKey(client, { kid, sealed: sealer.seal(Buffer.from(JSON.stringify(jwk)), kid) }, seconds);
    return kid;
  }

  async function rotate(client: Client, compromised: boolean): Promise<string> {
    await lockSigningKeys(client);
    if (compromised)
      await deleteSigningKeys(
        client,
        (await signingKeys(client)).map(({ kid }) => kid),
      );
    return await add(client, compromised ? 0 : notice);
  }

  async function refresh(): Promise<void> {
    const found = await inTransaction(pool, async (client) => {
      await lockSigningKeys(client);
      const known = opened(await signingKeys(client));
      const [newest] = known;
      if (newest && now().getTime() - newest.createdAt.getTime() < days * DAY_MS) {
        const ended = planKeys(known, now(), tokenSeconds).filter(({ state }) => state === 'ended');
        await deleteSigningKeys(
          client,
          ended.map(({ kid }) => kid),
        );
        return known.filter(({ kid }) => !ended.some((one) => one.kid === kid));
      }
      logger.info({ kid: await add(client, newest ? notice : 0) }, 'a signing key was made');
      return opened(await signingKeys(client));
    });
    rows = found;
  }

  await refresh();
  return {
    current() {
      const plan = planned();
      const signing = plan.find(({ state }) => state === 'signing')?.kid ?? rows.at(-1)?.kid;
      if (signing === undefined) throw new Error('there is no signing key');
      const published = plan.filter(({ state }) => state !== 'ended').map(({ kid }) => kid);
      // The provider signs with the first key that fits.
      const order = [signing, ...published.filter((kid) => kid !== signing)];
      const jwks = order.flatMap((kid) => rows.find((row) => row.kid === kid)?.jwk ?? []);
      return { version: order.join(' '), signing, jwks };
    },
    listed() {
      const plan = planned();
      return rows.flatMap((row, i) => {
        const { state, verifiesUntil } = plan[i] ?? { state: 'ended' as const, verifiesUntil: null };
        if (state === 'ended') return [];
        return {
          kid: row.kid,
          alg: 'EdDSA',
          state,
          createdAt: row.createdAt.toISOString(),
          signsFrom: row.signsFrom.toISOString(),
          verifiesUntil: verifiesUntil?.toISOString() ?? null,
        };
      });
    },
    refresh,
    rotate,
  };
}
