import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { lookOnlyWhileRequestsWait } from '../src/kafka/request-queue.js';

interface Queue {
  pending: unknown[];
  throttleCheckTimeoutId: unknown;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
  destroy(): void;
}
type QueueClass = new (options: object) => Queue;

function newQueue(): Queue {
  expect(lookOnlyWhileRequestsWait()).toBe(true);
  const RequestQueue: QueueClass = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js');
  const logger = { debug: () => undefined };
  return new RequestQueue({ maxInFlightRequests: 5, requestTimeout: 1_000, clientId: 'test', broker: 'none', logger });
}

describe("kafkajs's queue of requests", () => {
  it('plans no further look when nothing waits: an idle connection does not wake its process', () => {
    const queue = newQueue();
    queue.checkPendingRequests();
    expect(queue.throttleCheckTimeoutId).toBeNull();
  });

  it('looks again while something waits', () => {
    const queue = newQueue();
    queue.pending.push({});
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).not.toBeNull();
    queue.destroy();
  });
});
