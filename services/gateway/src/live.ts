/** The pieces of a stream as they come, until it ends or the gateway stops: whoever listens connects again elsewhere. */
export async function* untilStopping(
  stream: AsyncIterable<Uint8Array>,
  stopping: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const iterator = stream[Symbol.asyncIterator]();
  const over = new AbortController();
  const stopped = new Promise<'stopped'>((resolve) => {
    if (stopping.aborted) resolve('stopped');
    else stopping.addEventListener('abort', () => resolve('stopped'), { once: true, signal: over.signal });
  });
  try {
    for (;;) {
      const next = iterator.next();
      // Met where it is awaited; when the gateway stops first, it counts for nothing.
      next.catch(() => undefined);
      const got = await Promise.race([next, stopped]);
      if (got === 'stopped' || got.done) return;
      yield got.value;
    }
  } finally {
    over.abort();
    iterator.return?.().catch(() => undefined);
  }
}
