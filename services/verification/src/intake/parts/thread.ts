import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { HeduiError } from '@hedui/errors';
import type { PartContext } from './part.js';
import { createPartReader, type PartReader } from './read-part.js';

/** What a thread is told. `bytes` come back with the answer, to be used again. */
export type ToThread =
  | { open: number; context: PartContext }
  | { close: number }
  | { read: number; of: number; bytes: Uint8Array<ArrayBuffer>; line: number };

/** What it answers. */
export type FromThread =
  | { read: number; part: ReturnType<PartReader>; spare: ArrayBuffer }
  | { read: number; fault: { code: 'ENCODING_INVALID'; detail: string } | { message: string } };

// Who reads a large file gives way to whoever waits for a single check. On Linux this is the thread's own priority, elsewhere the process's.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const port = parentPort;
if (port === null) throw new Error('to be run as a thread');
const readers = new Map<number, PartReader>();

port.on('message', (message: ToThread) => {
  if ('open' in message) readers.set(message.open, createPartReader(message.context));
  else if ('close' in message) readers.delete(message.close);
  else port.postMessage(...answer(message));
});

function answer({ read, of, bytes, line }: Extract<ToThread, { read: number }>): [FromThread, ArrayBuffer[]] {
  try {
    const reader = readers.get(of);
    if (reader === undefined) throw new Error('a part of a batch that this thread does not know');
    const part = reader(bytes, line);
    return [{ read, part, spare: bytes.buffer }, [bytes.buffer, ...ownMemory(part)]];
  } catch (error) {
    if (error instanceof HeduiError && error.code === 'ENCODING_INVALID') {
      return [{ read, fault: { code: error.code, detail: error.detail ?? '' } }, []];
    }
    return [{ read, fault: { message: error instanceof Error ? error.message : 'unknown' } }, []];
  }
}

/** Memory that can be handed over instead of copied: small buffers share theirs with others. */
function ownMemory(part: ReturnType<PartReader>): ArrayBuffer[] {
  const whole = new Set<ArrayBuffer>();
  for (const chunk of part.chunks) {
    for (const { buffer, byteLength } of Object.values(chunk)) {
      if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) whole.add(buffer);
    }
  }
  return [...whole];
}
