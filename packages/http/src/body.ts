import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { HeduiError } from '@hedui/errors';

const BUFFERED_BYTES = 256 * 1024;
/** How much of a body that nobody wants any more is still read, so that the client can read its answer. */
const DRAINED_BYTES = 64 * 1024 * 1024;
const DRAINED_MS = 10_000;

/** A sender that is waited for must bring `bytes` within each `ms`; while the reader is slow, time does not count. */
export interface Pace {
  bytes: number;
  ms: number;
}

export interface BodyWatch {
  /** What is wrong with the body from here on; null: nothing yet. The body ends in that error. */
  fault?(chunk: Buffer): HeduiError | null;
  /** Ends the body in REQUEST_TIMEOUT when it comes more slowly. */
  pace?: Pace;
}

/** Calls `late` when the sender kept this reader waiting for longer than `pace` allows. */
function watchPace(raw: IncomingMessage, pace: Pace, late: () => void): { got(bytes: number): void; stop(): void } {
  let bytes = 0;
  let slowReader = false;
  const timer = setInterval(() => {
    const wanting = !slowReader && !raw.isPaused();
    if (wanting && bytes < pace.bytes) return late();
    bytes = 0;
    slowReader = raw.isPaused();
  }, pace.ms).unref();
  return {
    got(more) {
      bytes += more;
      slowReader ||= raw.isPaused();
    },
    stop: () => clearInterval(timer),
  };
}

/**
 * The body of `raw` as a stream that can be left early without cutting the connection (destroying a request's own
 * stream does, and the client would never see the answer). A body that breaks off ends in the error BODY_BROKEN_OFF.
 * `observe` sees each chunk before the reader does.
 */
export function takeBody(raw: IncomingMessage, observe?: (chunk: Buffer) => void, watch: BodyWatch = {}): Readable {
  let ended = false;
  const fail = (fault: HeduiError) => {
    if (ended) return;
    ended = true;
    body.destroy(fault);
  };
  const pace = watch.pace ? watchPace(raw, watch.pace, () => fail(new HeduiError('REQUEST_TIMEOUT'))) : null;
  const onData = (chunk: Buffer) => {
    const fault = watch.fault?.(chunk);
    if (fault) return fail(fault);
    observe?.(chunk);
    if (!body.push(chunk)) raw.pause();
    pace?.got(chunk.length);
  };
  const onEnd = () => {
    ended = true;
    pace?.stop();
    body.push(null);
  };
  const onBroken = (cause?: unknown) => fail(new HeduiError('BODY_BROKEN_OFF', { cause }));
  const body: Readable = new Readable({
    highWaterMark: BUFFERED_BYTES,
    read: () => {
      raw.resume();
    },
    destroy(error, done) {
      ended = true;
      pace?.stop();
      raw.off('data', onData).off('end', onEnd).pause();
      done(error);
    },
  });
  raw.on('end', onEnd).on('error', onBroken).on('close', onBroken).on('data', onData).pause();
  // An error that comes when nobody reads yet is found by who reads later: it must not end the process.
  body.on('error', () => undefined);
  if (raw.destroyed && !raw.readableEnded) onBroken();
  return body;
}

/** Reads and forgets what is left of a body after the answer, up to a limit; then the connection is cut. */
export function drainRest(raw: IncomingMessage): void {
  if (raw.complete || raw.readableEnded || raw.destroyed) return;
  let bytes = 0;
  const cut = () => raw.destroy();
  const timer = setTimeout(cut, DRAINED_MS).unref();
  raw.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > DRAINED_BYTES) cut();
  });
  raw.once('close', () => clearTimeout(timer));
  raw.once('end', () => clearTimeout(timer));
  raw.resume();
}
