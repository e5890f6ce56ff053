/**
 * The events between the services carry a correlation id and nothing else of a trace: ids of traces and spans follow from it, so that the spans of
 * all services join without any of them telling the other.
 */
import { createHash } from 'node:crypto';

const HEX = /^[0-9a-f]{32}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

const digest = (text: string) => createHash('sha256').update(text).digest('hex');

/** The trace of a correlation id: a UUID or 32 hexadecimal digits are the trace's id, of anything else it is the first half of its SHA-256. */
export function traceIdOf(correlationId: string): string {
  const id = correlationId.toLowerCase();
  const hex = UUID.test(id) ? id.replaceAll('-', '') : id;
  return HEX.test(hex) && !/^0+$/.test(hex) ? hex : digest(correlationId).slice(0, 32);
}

/** The id of the one span that stands for `what`: for the whole of a correlation id, or for a chunk. */
export function spanIdOf(what: string): string {
  return digest(`span:${what}`).slice(0, 16);
}

/** The caller's span of a W3C `traceparent`; null when there is none that holds. */
export function callerSpan(header: string | string[] | undefined): { traceId: string; spanId: string } | null {
  const found = typeof header === 'string' && !header.startsWith('ff') ? TRACEPARENT.exec(header) : null;
  const [, traceId = '0', spanId = '0'] = found ?? [];
  return /^0+$/.test(traceId) || /^0+$/.test(spanId) ? null : { traceId, spanId };
}

/** What is passed on with a call of this correlation id. */
export function traceparentOf(correlationId: string): string {
  return `00-${traceIdOf(correlationId)}-${spanIdOf(correlationId)}-01`;
}
