import { createRequire } from 'node:module';

/** The part of kafkajs's queue of requests that is put right here. */
interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

const settled = new WeakSet<object>();

function queueOf(loaded: unknown): RequestQueue | null {
  if (typeof loaded !== 'function') return null;
  const prototype: unknown = loaded.prototype;
  const hasMethod =
    typeof prototype === 'object' &&
    prototype !== null &&
    'scheduleCheckPendingRequests' in prototype &&
    typeof prototype.scheduleCheckPendingRequests === 'function';
  return hasMethod ? (prototype as RequestQueue) : null;
}

/**
 * kafkajs 2.2.4 looks for waiting requests after every answer, and from then on for ever, each time with a pause below zero, which is a
 * millisecond: every connection of an idle process wakes it a thousand times a second. Here it looks only while something waits; what
 * comes later to wait schedules its own look. True when kafkajs is as expected.
 */
export function lookOnlyWhileRequestsWait(): boolean {
  const queue = queueOf(createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js'));
  if (queue === null) return false;
  if (settled.has(queue)) return true;
  settled.add(queue);
  const schedule = queue.scheduleCheckPendingRequests;
  queue.scheduleCheckPendingRequests = function scheduleWhileWaiting(this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this);
  };
  return true;
}
