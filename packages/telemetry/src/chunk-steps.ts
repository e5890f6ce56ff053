import type { Logger } from '@hedui/logging';
import type { ChunkStep } from './metrics.js';
import { count, observe } from './recorder.js';
import { span } from './spans.js';

/** A chunk of households, or a single check, that passed a step. Times are milliseconds since 1970. */
export interface PassedStep {
  step: ChunkStep;
  service: string;
  correlationId: string;
  chunkId: string;
  /** Null: a single check. */
  batchId: string | null;
  households: number;
  began: number;
  ended?: number;
}

/** What is to be seen of it: one line in the log, a count and a span. Called after the commit, so that nothing is told that did not stay. */
export function chunkPassed(logger: Logger, passed: PassedStep): void {
  const { step, service, correlationId, chunkId, batchId, households, began, ended = Date.now() } = passed;
  const ms = Math.max(0, Math.round(ended - began));
  const what = batchId === null ? 'check' : 'chunk';
  logger.info({ correlationId, chunkId, batchId, households, ms }, `a ${what} was ${step}`);
  count('chunks', 1, { step, what });
  count('households', households, { step, what });
  observe('chunkSeconds', ms / 1000, { step, what });
  span({
    name: `${what} ${step}`,
    service,
    correlationId,
    began,
    ended,
    ...(step === 'packed' ? { is: chunkId } : { within: chunkId }),
    attributes: {
      'hedui.chunk': chunkId,
      'hedui.households': households,
      ...(batchId === null ? {} : { 'hedui.batch': batchId }),
    },
  });
}

/** The code that a dead letter's reason begins with: the rest could be anything. */
export function reasonCode(reason: string): string {
  return /^[A-Z][A-Z_]{2,40}(?=$|[^A-Za-z_])/.exec(reason)?.[0] ?? 'OTHER';
}
