export interface Reader {
  id: string;
  /** Partitions of the topic that it holds now. */
  holds: number;
  /** Who of several that hold equally many comes first. */
  turn: number;
}

/**
 * How many partitions of a topic each reader gets: equally many, and the remainder to those who hold most already, so that nothing
 * moves without need.
 */
export function fairShares(partitions: number, readers: readonly Reader[]): Map<string, number> {
  const least = Math.floor(partitions / readers.length);
  const remainder = partitions % readers.length;
  const first = [...readers].sort((a, b) => b.holds - a.holds || a.turn - b.turn || (a.id < b.id ? -1 : 1));
  return new Map(first.map(({ id }, rank) => [id, least + (rank < remainder ? 1 : 0)]));
}
