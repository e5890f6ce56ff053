/**
 * The code of the compression function of SHA-256 (FIPS 180-4) as a WebAssembly module, written out round by round, and on top of it
 * HMAC (RFC 2104) of one short message whose key is stored as its two hashed pads. Node's own HMAC spends two thirds of its time
 * on making an object for each message; this makes none.
 *
 * Memory: the places below, in bytes. Words lie as the machine has them; only `message` and `tag` hold bytes in the order of the standard.
 */
export const PLACES = { message: 0, outerBlock: 64, inner: 128, outer: 160, hash: 192, tag: 224, start: 240 } as const;

/** A message, its end mark and its length have to fit into one block. */
export const LONGEST = 55;

const BLOCK_WORDS = 16;
const STATE_WORDS = 8;
const TAG_WORDS = 4;
const ROUNDS = 64;

/** The first 32 bits of what stands behind the point of the roots of the first primes. */
function rootsOfPrimes(count: number, root: (prime: number) => number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) {
    let isPrime = true;
    for (let d = 2; d * d <= n; d++) isPrime &&= n % d !== 0;
    if (isPrime) found.push(Math.floor((root(n) % 1) * 2 ** 32) | 0);
  }
  return found;
}

/** The state that a hash begins with. */
export const START: readonly number[] = rootsOfPrimes(STATE_WORDS, Math.sqrt);
const CONSTANTS = rootsOfPrimes(ROUNDS, Math.cbrt);

/** Numbers as LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

type Code = readonly number[];

const get = (local: number): Code => [0x20, ...unsigned(local)];
const constant = (value: number): Code => [0x41, ...signed(value | 0)];
const load = (address: Code, offset: number): Code => [...address, 0x28, 2, ...unsigned(offset)];
const store = (address: Code, offset: number, value: Code): Code => [
  ...address,
  ...value,
  0x36,
  2,
  ...unsigned(offset),
];
const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
const both =
  (operation: number) =>
  (first: Code, ...others: Code[]): Code => [...first, ...others.flatMap((other) => [...other, operation])];
const add = both(0x6a);
const and = both(0x71);
const or = both(0x72);
const xor = both(0x73);
const shiftRight = (value: Code, by: number): Code => [...value, ...constant(by), 0x76];
const rotateLeft = (value: Code, by: number): Code => [...value, ...constant(by), 0x77];
const rotateRight = (value: Code, by: number): Code => [...value, ...constant(by), 0x78];
const call = (code: number, ...given: Code[]): Code => [...given.flat(), 0x10, code];

/** The bytes of a word the other way round. */
const swapped = (local: number): Code =>
  or(and(rotateLeft(get(local), 8), constant(0x00ff00ff)), and(rotateLeft(get(local), 24), constant(0xff00ff00)));

const at = (list: readonly number[], i: number): number => list[i] ?? 0;

/** compress(state, block, result): addresses of words. */
function compression(): { locals: number; code: Code } {
  const [state, block, result] = [0, 1, 2];
  const words = Array.from({ length: BLOCK_WORDS }, (_, i) => 3 + i);
  let letters = Array.from({ length: STATE_WORDS }, (_, i) => 3 + BLOCK_WORDS + i);
  const letterOf = [...letters];
  const sum = 3 + BLOCK_WORDS + STATE_WORDS;
  const code: Code[] = [];
  code.push(...words.map((word, i) => set(word, load(get(block), 4 * i))));
  code.push(...letters.map((letter, i) => set(letter, load(get(state), 4 * i))));
  for (let round = 0; round < ROUNDS; round++) {
    const word = (i: number): Code => get(at(words, (round + i) % BLOCK_WORDS));
    if (round >= BLOCK_WORDS) {
      const early = xor(rotateRight(word(1), 7), rotateRight(word(1), 18), shiftRight(word(1), 3));
      const late = xor(rotateRight(word(14), 17), rotateRight(word(14), 19), shiftRight(word(14), 10));
      code.push(set(at(words, round % BLOCK_WORDS), add(word(0), early, word(9), late)));
    }
    const [a, b, c, d, e, f, g, h] = letters.map(get) as [Code, Code, Code, Code, Code, Code, Code, Code];
    const choice = xor(g, and(e, xor(f, g)));
    const majority = xor(and(a, b), and(c, xor(a, b)));
    const sumOfE = xor(rotateRight(e, 6), rotateRight(e, 11), rotateRight(e, 25));
    const sumOfA = xor(rotateRight(a, 2), rotateRight(a, 13), rotateRight(a, 22));
    code.push(set(sum, add(h, sumOfE, choice, constant(at(CONSTANTS, round)), word(0))));
    code.push(set(at(letters, 3), add(d, get(sum))));
    code.push(set(at(letters, 7), add(get(sum), sumOfA, majority)));
    letters = [at(letters, 7), ...letters.slice(0, 7)];
  }
  // 64 rounds turn the letters round eight times: each is at its own place again.
  code.push(...letterOf.map((letter, i) => store(get(result), 4 * i, add(get(letter), load(get(state), 4 * i)))));
  return { locals: BLOCK_WORDS + STATE_WORDS + 1, code: code.flat() };
}

/** mac(): the message lies in its block with its end mark and its length; afterwards `tag` has the first 16 bytes. */
function mac(compress: number): { locals: number; code: Code } {
  const zero = constant(0);
  const code: Code[] = [];
  const swap = (from: number, to: number) => {
    code.push(set(0, load(zero, from)), store(zero, to, swapped(0)));
  };
  for (let i = 0; i < BLOCK_WORDS; i++) swap(PLACES.message + 4 * i, PLACES.message + 4 * i);
  const hashed = (state: number, block: number, result: number) =>
    code.push(call(compress, constant(state), constant(block), constant(result)));
  hashed(PLACES.inner, PLACES.message, PLACES.outerBlock);
  hashed(PLACES.outer, PLACES.outerBlock, PLACES.hash);
  for (let i = 0; i < TAG_WORDS; i++) swap(PLACES.hash + 4 * i, PLACES.tag + 4 * i);
  return { locals: 1, code: code.flat() };
}

const I32 = 0x7f;
const FUNCTION = 0x60;

/** The module: exports `memory`, `compress` and `mac`. */
export function sha256Module(): Uint8Array {
  const section = (id: number, ...content: Code[]): Code => {
    const bytes = content.flat();
    return [id, ...unsigned(bytes.length), ...bytes];
  };
  const text = (value: string): Code => [value.length, ...Buffer.from(value)];
  const body = ({ locals, code }: { locals: number; code: Code }): Code => {
    const bytes = [1, ...unsigned(locals), I32, ...code, 0x0b];
    return [...unsigned(bytes.length), ...bytes];
  };
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [2], [FUNCTION, 3, I32, I32, I32, 0], [FUNCTION, 0, 0]),
    ...section(3, [2, 0, 1]),
    ...section(5, [1, 0, 1]),
    ...section(7, [3], text('memory'), [2, 0], text('compress'), [0, 0], text('mac'), [0, 1]),
    ...section(10, [2], body(compression()), body(mac(0))),
  ]);
}
