import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: Readonly<Record<string, unknown>>;
}

/** A collector of OpenTelemetry (OTLP by HTTP, JSON) that keeps what it is sent. */
export interface TraceSink {
  readonly url: string;
  /** Every body as it came, metrics too. */
  readonly bodies: readonly string[];
  spans(traceId: string): SeenSpan[];
  close(): Promise<void>;
}

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes?: { key: string; value: Record<string, unknown> }[];
}
interface OtlpTraces {
  resourceSpans?: { scopeSpans: { spans: OtlpSpan[] }[] }[];
}

export async function startTraceSink(): Promise<TraceSink> {
  const bodies: string[] = [];
  const seen: SeenSpan[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces).toString('utf8');
      bodies.push(body);
      for (const { scopeSpans } of (JSON.parse(body) as OtlpTraces).resourceSpans ?? []) {
        for (const { attributes = [], ...span } of scopeSpans.flatMap(({ spans }) => spans)) {
          const values = attributes.map(({ key, value }) => [key, Object.values(value)[0]] as const);
          seen.push({ ...span, attributes: Object.fromEntries(values) });
        }
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    spans: (traceId) => seen.filter((span) => span.traceId === traceId),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
