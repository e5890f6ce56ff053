import { createLogger } from '@hedui/logging';
import { afterEach, describe, expect, it } from '@jest/globals';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import {
  callerSpan,
  collect,
  count,
  METRICS,
  type MetricSpec,
  metricsText,
  observe,
  span,
  spanIdOf,
  startTelemetry,
  type Telemetry,
  type TelemetryConfig,
  traceIdOf,
  traceparentOf,
} from '../src/index.js';

const off: TelemetryConfig = {};
const logger = createLogger('test', 'silent');

describe('telemetry', () => {
  let telemetry: Telemetry | null = null;
  afterEach(async () => {
    await telemetry?.close();
    telemetry = null;
  });

  it('keeps nothing while it is off', async () => {
    telemetry = await startTelemetry(off, 'here', { logger });
    count('chunks', 1, { step: 'sent' });
    expect(await metricsText()).toBeNull();
  });

  it('shows counters, times and gauges under their names, and leaves out what cannot be read', async () => {
    const forget = [
      collect({ name: 'good', read: (say) => say('lag', 7, { group: 'g', topic: 't', partition: '0' }) }),
      collect({ name: 'bad', read: () => Promise.reject(new Error('away')) }),
    ];
    try {
      const config = { ...off, HEDUI_METRICS: 'on' as const, HEDUI_METRICS_DISKS: new Map([['data', '/']]) };
      telemetry = await startTelemetry(config, 'here', { logger });
      count('chunks', 2, { step: 'sent' });
      observe('chunkSeconds', 0.02, { step: 'assessed' });
      await metricsText();
      const text = await metricsText();
      expect(text).toMatch(/^hedui_chunks_total\{step="sent"[^}]*\} 2$/m);
      expect(text).toMatch(/^hedui_chunk_seconds_count\{step="assessed"[^}]*\} 1$/m);
      expect(text).toMatch(/^hedui_lag_messages\{group="g",topic="t",partition="0"[^}]*\} 7$/m);
      expect(text).toMatch(/^hedui_disk_free_ratio\{disk="data"[^}]*\} 0\.\d+$/m);
      expect(text).toMatch(/^hedui_collector_failures_total\{collector="bad"[^}]*\} [12]$/m);
    } finally {
      for (const one of forget) one();
    }
  });

  it('answers on a port of its own', async () => {
    telemetry = await startTelemetry({ ...off, HEDUI_METRICS_PORT: 0 }, 'here', { logger });
    expect(telemetry.port).toBeGreaterThan(0);
    const at = `http://127.0.0.1:${telemetry.port}`;
    expect(await (await fetch(`${at}/metrics`)).text()).toContain('hedui_event_loop_delay_seconds');
    expect((await fetch(`${at}/live`)).status).toBe(404);
  });

  it('names metrics as Prometheus wants them, and labels nothing that is an id', () => {
    for (const { name, kind, labels, help } of Object.values<MetricSpec>(METRICS)) {
      expect(name).toMatch(/^hedui_[a-z_]+$/);
      expect(name.endsWith('_total')).toBe(kind === 'counter');
      expect(labels.filter((label) => /id$|ref|person|path|household|batch/.test(label))).toEqual([]);
      expect(help).toMatch(/\.$/);
    }
  });
});

describe('traces', () => {
  it('take their id from the correlation id', () => {
    expect(traceIdOf('0198C0DE-0000-7000-8000-00000000ABCD')).toBe('0198c0de00007000800000000000abcd');
    expect(traceIdOf('4bf92f3577b34da6a3ce929d0e0e4736')).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    expect(traceIdOf('a-request-of-ours-1')).toMatch(/^[0-9a-f]{32}$/);
    expect(traceIdOf('a-request-of-ours-1')).not.toBe(traceIdOf('a-request-of-ours-2'));
    expect(traceparentOf('4bf92f3577b34da6a3ce929d0e0e4736')).toMatch(
      /^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/,
    );
  });

  it.each([
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', true],
    ['00-00000000000000000000000000000000-00f067aa0ba902b7-01', false],
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01', false],
    ['ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', false],
    ['4bf92f3577b34da6a3ce929d0e0e4736', false],
  ])('traceparent %s', (header, holds) => {
    expect(callerSpan(header) !== null).toBe(holds);
  });

  it('join what four processes did about one chunk below the call that brought it', async () => {
    const exporter = new InMemorySpanExporter();
    const telemetry = await startTelemetry(off, 'here', { logger, spans: new SimpleSpanProcessor(exporter) });
    const correlationId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const caller = callerSpan(`00-${correlationId}-00f067aa0ba902b7-01`);
    span({ name: 'assessed', service: 'matcher', correlationId, began: 30, ended: 40, within: 'chunk-1' });
    span({ name: 'packed', service: 'verification', correlationId, began: 20, ended: 25, is: 'chunk-1' });
    span({ name: 'gateway', service: 'gateway', correlationId, began: 10, ended: 50, is: correlationId, caller });
    span({ name: 'again', service: 'gateway', correlationId, began: 60, ended: 61, is: correlationId, caller });
    span({
      name: 'gateway',
      service: 'gateway',
      correlationId: 'without-a-caller-1',
      began: 1,
      is: 'without-a-caller-1',
    });
    const [assessed, packed, gateway, again, alone] = exporter.getFinishedSpans();
    await telemetry.close();
    expect(alone?.parentSpanContext).toBeUndefined();
    expect(alone?.spanContext()).toMatchObject({
      traceId: traceIdOf('without-a-caller-1'),
      spanId: spanIdOf('without-a-caller-1'),
    });
    const ids = [assessed, packed, gateway, again].map((one) => one?.spanContext());
    expect(new Set(ids.map((one) => one?.traceId))).toEqual(new Set([correlationId]));
    expect(new Set(ids.map((one) => one?.spanId)).size).toBe(4);
    expect(gateway?.parentSpanContext?.spanId).toBe('00f067aa0ba902b7');
    expect(gateway?.spanContext().spanId).toBe(spanIdOf(correlationId));
    expect(packed?.parentSpanContext?.spanId).toBe(spanIdOf(correlationId));
    expect(assessed?.parentSpanContext?.spanId).toBe(packed?.spanContext().spanId);
    expect(again?.parentSpanContext?.spanId).toBe(spanIdOf(correlationId));
  });
});
