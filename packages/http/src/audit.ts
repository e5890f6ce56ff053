import type { Caller, CorrelationId, RouteContract } from '@hedui/contracts';

/** A call that is about to be answered. */
export interface AnsweredCall {
  params: Readonly<Record<string, unknown>>;
  query: Readonly<Record<string, unknown>>;
  caller: Caller;
  correlationId: CorrelationId;
  /** Below 400. */
  status: number;
  /** The answer; null when it is a stream. */
  json: unknown;
}

/**
 * Records an answered call. The answer leaves when it is done; when it fails nothing is shown, and the call is answered with the error
 * that it throws.
 */
export type AuditCall = (contract: RouteContract, call: AnsweredCall) => Promise<void>;
