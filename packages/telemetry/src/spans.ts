import { randomBytes } from 'node:crypto';
import {
  type Attributes,
  type Context,
  type Link,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { IdGenerator } from '@opentelemetry/sdk-trace-base';
import { spanIdOf, traceIdOf } from './trace-ids.js';

/** Something that has happened. Times are milliseconds since 1970. */
export interface Done {
  name: string;
  service: string;
  correlationId: string;
  began: number;
  ended?: number;
  /** What this span stands for, as others name it as `within`: a chunk's id, or the correlation id for the whole. */
  is?: string;
  /** What it is part of (default: the whole of the correlation id). */
  within?: string;
  /** Span of a caller outside the mesh. */
  caller?: { traceId: string; spanId: string } | null;
  /** Never a person, a reference or a path. */
  attributes?: Attributes;
  failed?: boolean;
}

let tracer: Tracer | null = null;
let nextId: string | null = null;
let nextTrace: string | null = null;

export function useTracer(next: Tracer | null): void {
  tracer = next;
}

/** True while spans are exported: what only they need is worth its cost then. */
export const tracing = (): boolean => tracer !== null;

/** Random ids, but for spans that others have to know without being told. */
export const ids: IdGenerator = {
  generateTraceId: () => nextTrace ?? randomBytes(16).toString('hex'),
  generateSpanId() {
    const id = nextId ?? randomBytes(8).toString('hex');
    nextId = null;
    return id;
  },
};

const inside = (traceId: string, spanId: string): Context =>
  trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });

/** The first span for a whole gets the id that all others point to; a repeat of the same call is a part of it. */
const WHOLES_KEPT = 10_000;
const wholes = new Set<string>();
function isFirst(correlationId: string): boolean {
  if (wholes.has(correlationId)) return false;
  if (wholes.size >= WHOLES_KEPT) wholes.clear();
  wholes.add(correlationId);
  return true;
}

/** Exports a span, when traces are on. */
export function span(done: Done): void {
  if (tracer === null) return;
  const { correlationId, caller = null } = done;
  const traceId = traceIdOf(correlationId);
  const whole = done.is === correlationId;
  const first = whole && isFirst(correlationId);
  const own = whole && !first ? undefined : done.is;
  const outer = caller?.traceId === traceId ? caller.spanId : null;
  const parent = first ? outer : spanIdOf(done.within ?? correlationId);
  const links: Link[] =
    caller === null || outer !== null
      ? []
      : [{ context: { ...caller, traceFlags: TraceFlags.SAMPLED, isRemote: true } }];
  const context = parent === null ? ROOT_CONTEXT : inside(traceId, parent);
  nextTrace = traceId;
  nextId = own === undefined ? null : spanIdOf(own);
  const made = tracer.startSpan(
    done.name,
    {
      kind: whole ? SpanKind.SERVER : SpanKind.INTERNAL,
      startTime: done.began,
      links,
      attributes: { 'hedui.service': done.service, 'hedui.correlation_id': correlationId, ...done.attributes },
    },
    context,
  );
  nextId = null;
  nextTrace = null;
  if (done.failed) made.setStatus({ code: SpanStatusCode.ERROR });
  made.end(done.ended ?? Date.now());
}
