import { setTimeout as delay } from 'node:timers/promises';
import { HeduiError } from '@hedui/errors';

/** What a handler gives back: one JSON value, or a stream of text or bytes. */
export type Answer =
  | { status?: number; json: unknown; headers?: Record<string, string> }
  | {
      status?: number;
      stream: AsyncIterable<string | Uint8Array>;
      contentType: string;
      headers?: Record<string, string>;
    };

const GATHERED_BYTES = 64 * 1024;
const QUIET_MS = 15_000;

const opened = (first: IteratorResult<string | Uint8Array>, rest: AsyncIterator<string | Uint8Array>) => ({
  async *[Symbol.asyncIterator]() {
    try {
      for (let next = first; !next.done; next = await rest.next()) yield next.value;
    } finally {
      await rest.return?.();
    }
  },
});

/**
 * The stream after its first piece has been made: what a handler finds wrong before that is still answered as a problem,
 * not as a broken connection.
 */
export async function afterFirst(
  stream: AsyncIterable<string | Uint8Array>,
): Promise<AsyncIterable<string | Uint8Array>> {
  const iterator = stream[Symbol.asyncIterator]();
  return opened(await iterator.next(), iterator);
}

/** Puts small pieces together, so that a line a piece does not cost a write a line. */
export async function* gathered(stream: AsyncIterable<string | Uint8Array>): AsyncGenerator<Buffer> {
  let text = '';
  for await (const piece of stream) {
    if (typeof piece === 'string') {
      text += piece;
      if (text.length < GATHERED_BYTES) continue;
      yield Buffer.from(text, 'utf8');
      text = '';
      continue;
    }
    if (text) yield Buffer.from(text, 'utf8');
    text = '';
    yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  }
  if (text) yield Buffer.from(text, 'utf8');
}

function wait(ms: number, signal: AbortSignal): Promise<'quiet'> {
  return delay(ms, 'quiet' as const, { signal, ref: false });
}

/**
 * Server-sent events as they come: a comment opens the stream, so that headers and proxies let it through at once, and
 * another one follows every 15 s of silence. Ends when the handler's events end or when `ending` says that the service
 * stops; a client connects again by itself.
 */
export async function* events(
  stream: AsyncIterable<string | Uint8Array>,
  ending: AbortSignal,
  quietMs = QUIET_MS,
): AsyncGenerator<Buffer> {
  const iterator = stream[Symbol.asyncIterator]();
  const over = new AbortController();
  const stopped = new Promise<'stopped'>((resolve) => {
    if (ending.aborted) resolve('stopped');
    else ending.addEventListener('abort', () => resolve('stopped'), { once: true, signal: over.signal });
  });
  try {
    yield Buffer.from(': open\n\n');
    let next = iterator.next();
    // A rejection is met where `next` is awaited; until then it must not count as unhandled.
    next.catch(() => undefined);
    for (;;) {
      const timer = new AbortController();
      const quiet = wait(quietMs, timer.signal).catch(() => 'quiet' as const);
      const got = await Promise.race([next, quiet, stopped]);
      timer.abort();
      if (got === 'stopped') return;
      if (got === 'quiet') {
        yield Buffer.from(': still here\n\n');
        continue;
      }
      if (got.done) return;
      yield Buffer.from(got.value);
      next = iterator.next();
      next.catch(() => undefined);
    }
  } finally {
    over.abort();
    // Not awaited: a handler that waits for its next event only sees this when its signal ends the wait.
    iterator.return?.().catch(() => undefined);
  }
}

/** The JSON text of an answer; with `schema` it is checked first, which tests do and production does not. */
export function jsonText(
  json: unknown,
  schema?: { safeParse(value: unknown): { success: boolean; error?: unknown } },
): string {
  const checked = schema?.safeParse(json);
  if (checked && !checked.success) {
    throw new HeduiError('INTERNAL', { detail: 'the answer does not fit its contract', cause: checked.error });
  }
  return JSON.stringify(json);
}
