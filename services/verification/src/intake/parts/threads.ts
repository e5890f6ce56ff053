import { Worker } from 'node:worker_threads';
import { HeduiError } from '@hedui/errors';
import type { CsvPart } from '@hedui/tables';
import type { PartContext, ReadPart } from './part.js';
import type { FromThread, ToThread } from './thread.js';

/** Reads the parts of one batch. */
export interface PartLane {
  /** So many parts may be under way at a time. */
  readonly width: number;
  read(part: CsvPart): Promise<ReadPart>;
  /** What was read is wanted no more. */
  close(): void;
}

/** Threads that read parts of batches. */
export interface PartThreads {
  open(context: PartContext): PartLane;
  /** Memory of a part that was read, to be used for another. */
  spare(): ArrayBuffer | undefined;
  close(): Promise<void>;
}

interface Thread {
  worker: Worker;
  lanes: Set<number>;
  waiting: Map<number, { resolve(part: ReadPart): void; reject(error: unknown): void }>;
}

/** Enough for what it holds: one part with what comes of it, and the code. */
const LIMITS = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 24 };
/** One that it reads, and enough to go on with while the one before is stored. */
const PARTS_EACH = 3;

/**
 * `count` threads over all batches, begun with the first part and kept, for a new one takes long to become fast. `file`: thread.ts as it was
 * built. A thread that dies fails what it was reading with STORAGE_UNAVAILABLE, which may be tried again, and another takes its place.
 */
export function createPartThreads(file: URL, count: number): PartThreads {
  const threads: (Thread | undefined)[] = Array.from({ length: count });
  const spares: ArrayBuffer[] = [];
  let numbers = 0;

  function begin(at: number): Thread {
    const thread: Thread = {
      worker: new Worker(file, { resourceLimits: LIMITS }),
      lanes: new Set(),
      waiting: new Map(),
    };
    const { worker, waiting } = thread;
    worker.unref();
    worker.on('message', (message: FromThread) => {
      const asked = waiting.get(message.read);
      waiting.delete(message.read);
      if ('fault' in message) {
        asked?.reject(errorOf(message.fault));
      } else {
        if (spares.length < count * PARTS_EACH) spares.push(message.spare);
        asked?.resolve(message.part);
      }
    });
    const ended = (cause?: unknown) => {
      if (threads[at] === thread) threads[at] = undefined;
      const error = new HeduiError('STORAGE_UNAVAILABLE', { detail: 'a thread ended', retriable: true, cause });
      for (const asked of waiting.values()) asked.reject(error);
      waiting.clear();
    };
    worker.on('error', ended);
    worker.on('exit', () => ended());
    threads[at] = thread;
    return thread;
  }

  /** The one with the least to do. */
  function next(): Thread {
    let best: Thread | undefined;
    for (let at = 0; at < count; at++) {
      const thread = threads[at] ?? begin(at);
      if (best === undefined || thread.waiting.size < best.waiting.size) best = thread;
    }
    if (best === undefined) throw new RangeError('no threads');
    return best;
  }

  return {
    open(context) {
      const lane = numbers++;
      return {
        width: count * PARTS_EACH,
        read: ({ bytes, line }) =>
          new Promise((resolve, reject) => {
            const thread = next();
            const read = numbers++;
            if (!thread.lanes.has(lane)) tell(thread, { open: lane, context });
            thread.lanes.add(lane);
            thread.waiting.set(read, { resolve, reject });
            tell(thread, { read, of: lane, bytes, line }, [bytes.buffer]);
          }),
        close() {
          for (const thread of threads) if (thread?.lanes.delete(lane)) tell(thread, { close: lane });
        },
      };
    },
    spare: () => spares.pop(),
    async close() {
      await Promise.all(threads.map((thread) => thread?.worker.terminate()));
    },
  };
}

function tell({ worker }: Thread, message: ToThread, handedOver: ArrayBuffer[] = []): void {
  worker.postMessage(message, handedOver);
}

function errorOf(fault: Extract<FromThread, { fault: unknown }>['fault']): Error {
  return 'code' in fault ? new HeduiError(fault.code, { detail: fault.detail }) : new Error(fault.message);
}
