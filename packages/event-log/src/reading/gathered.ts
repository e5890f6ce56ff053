/**
 * Callers of the same turn share one run of `work`, and every caller's run begins after its call: what it reads is
 * never older than the question. Eighty partitions that look for their positions make one query.
 */
export function gathered<K, T>(work: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const planned = new Map<K, Promise<T>>();
  return (key) => {
    const there = planned.get(key);
    if (there !== undefined) return there;
    const run = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      planned.delete(key);
      return work(key);
    });
    planned.set(key, run);
    return run;
  };
}
