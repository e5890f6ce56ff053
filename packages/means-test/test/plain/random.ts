/** A small seeded generator: a failure names its seed, and the seed gives the household again. */
export interface Random {
  /** 0 ≤ value < 1 */
  next(): number;
}

/** mulberry32 */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}
export const int = (random: Random, low: number, high: number): number =>
  low + Math.floor(random.next() * (high - low + 1));
export const chance = (random: Random, p: number): boolean => random.next() < p;
export function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[int(random, 0, values.length - 1)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}
