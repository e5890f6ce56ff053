import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/** Work factors of scrypt: N is a power of two, memory is 128·N·r bytes. */
export interface HashCost {
  N: number;
  r: number;
  p: number;
}

/** For passwords that people choose: 32 MiB and some 300 ms of one core (OWASP's parameters for scrypt). */
export const PERSON_COST: HashCost = { N: 2 ** 15, r: 8, p: 3 };
/** For random passwords of more than 100 bits, which nobody can guess: no stretching is needed. */
export const RANDOM_COST: HashCost = { N: 2 ** 10, r: 8, p: 1 };

const LENGTH = 32;

function derive(password: string, salt: Buffer, cost: HashCost): Promise<Buffer> {
  const options: ScryptOptions = { ...cost, maxmem: 256 * cost.N * cost.r };
  return new Promise((resolve, reject) => {
    // Two ways to type the same characters are the same password (RFC 8265).
    scrypt(password.normalize('NFC'), salt, LENGTH, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

const text = (cost: HashCost, salt: Buffer, key: Buffer) =>
  ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join('$');

interface Parsed {
  cost: HashCost;
  salt: Buffer;
  key: Buffer;
}

function parse(stored: string): Parsed {
  const [name, N, r, p, salt = '', key = ''] = stored.split('$');
  if (name !== 'scrypt') throw new Error('a password is stored in a form that is not known');
  return {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  };
}

/** `scrypt$N$r$p$salt$key`. */
export async function hashPassword(password: string, cost: HashCost = PERSON_COST): Promise<string> {
  const salt = randomBytes(16);
  return text(cost, salt, await derive(password, salt, cost));
}

const nobody = text(PERSON_COST, randomBytes(16), randomBytes(LENGTH));

/**
 * Whether `password` is the stored one. Takes as long for a user who does not exist (null) and for one whose hash is cheap, so that
 * its time tells nothing. `renewed`: a hash with today's parameters, when the stored one has others.
 */
export async function checkPassword(
  password: string,
  stored: string | null,
): Promise<{ correct: boolean; renewed: string | null }> {
  const { cost, salt, key } = parse(stored ?? nobody);
  const correct = timingSafeEqual(await derive(password, salt, cost), key) && stored !== null;
  const old = cost.N !== PERSON_COST.N || cost.r !== PERSON_COST.r || cost.p !== PERSON_COST.p;
  const renewed = old ? await hashPassword(password) : null;
  return { correct, renewed: correct ? renewed : null };
}
