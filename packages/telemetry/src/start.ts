import { statfs } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Logger } from '@hedui/logging';
import type { Counter, Histogram, ObservableGauge } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, type MetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { METRICS, type MetricKey, type MetricSpec } from './metrics.js';
import { type MetricsServer, serveMetrics } from './metrics-server.js';
import { allCollectors, type Collector, collect, count, useRecorder } from './recorder.js';
import { ids, useTracer } from './spans.js';

/** As the environment says it (`telemetryShape` of packages/config). */
export interface TelemetryConfig {
  HEDUI_METRICS?: 'on' | 'off' | undefined;
  HEDUI_METRICS_PORT?: number | undefined;
  HEDUI_METRICS_HOST?: string | undefined;
  /** Name of a disk and a path on it. */
  HEDUI_METRICS_DISKS?: ReadonlyMap<string, string> | undefined;
  HEDUI_TRACE_RATIO?: number | undefined;
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
}

export interface TelemetryOptions {
  logger: Logger;
  /** For tests: where spans go, at once. */
  spans?: SpanProcessor;
}

export interface Telemetry {
  /** Of HEDUI_METRICS_PORT; null without one. */
  port: number | null;
  /** Sends what is left and turns everything off. */
  close(): Promise<void>;
}

const COLLECTOR_MS = 4_000;
const OTLP_EVERY_MS = 15_000;
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

let readText: (() => Promise<string>) | null = null;

/** The metrics of this process as Prometheus reads them; null while it keeps none. */
export async function metricsText(): Promise<string | null> {
  return readText === null ? null : await readText();
}

/**
 * Turns on what the configuration asks for: metrics at `/metrics` (HEDUI_METRICS), on a port of their own (HEDUI_METRICS_PORT), metrics
 * and traces to a collector (OTEL_EXPORTER_OTLP_ENDPOINT). Nothing of it is on by itself, and nothing here may stop a service: what cannot be
 * exported is lost.
 */
export async function startTelemetry(
  config: TelemetryConfig,
  service: string,
  options: TelemetryOptions,
): Promise<Telemetry> {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/+$/, '');
  const resource = resourceFromAttributes({ 'service.name': service, 'service.namespace': 'hedui' });
  const closers: (() => Promise<unknown>)[] = [];
  const served = config.HEDUI_METRICS === 'on' || config.HEDUI_METRICS_PORT !== undefined;
  if (served || endpoint !== undefined) {
    const readers: MetricReader[] = [];
    if (served) readers.push(prometheusReader());
    if (endpoint !== undefined) readers.push(otlpReader(endpoint));
    const provider = new MeterProvider({ resource, readers });
    useInstruments(provider, options.logger);
    const unwatch = watchProcess(service, config.HEDUI_METRICS_DISKS ?? new Map());
    closers.push(async () => {
      unwatch();
      useRecorder(null);
      readText = null;
      await provider.shutdown();
    });
  }
  const processor =
    options.spans ??
    (endpoint === undefined ? null : new BatchSpanProcessor(traceExporter(endpoint), { maxQueueSize: 8_192 }));
  if (processor !== null) {
    const provider = new BasicTracerProvider({
      resource,
      sampler: new TraceIdRatioBasedSampler(config.HEDUI_TRACE_RATIO ?? 1),
      idGenerator: ids,
      spanProcessors: [processor],
    });
    useTracer(provider.getTracer('hedui'));
    closers.push(async () => {
      useTracer(null);
      await provider.shutdown();
    });
  }
  let server: MetricsServer | null = null;
  if (config.HEDUI_METRICS_PORT !== undefined) {
    server = await serveMetrics(config.HEDUI_METRICS_HOST ?? '127.0.0.1', config.HEDUI_METRICS_PORT, metricsText);
    closers.push(() => server?.close() ?? Promise.resolve());
  }
  return {
    port: server?.port ?? null,
    async close() {
      for (const result of await Promise.allSettled(closers.splice(0).map((close) => close()))) {
        if (result.status === 'rejected') options.logger.warn({ err: result.reason }, 'what was measured last is lost');
      }
    },
  };
}

function prometheusReader(): MetricReader {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  // Neither a prefix nor times, and no label that says the same of every metric.
  const serializer = new PrometheusSerializer(undefined, false, undefined, false, true);
  readText = async () => {
    const { resourceMetrics } = await exporter.collect();
    return serializer.serialize(resourceMetrics);
  };
  return exporter;
}

const EXPORT_MS = 5_000;

const otlpReader = (endpoint: string): MetricReader =>
  new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url: `${endpoint}/v1/metrics`, timeoutMillis: EXPORT_MS }),
    exportIntervalMillis: OTLP_EVERY_MS,
    exportTimeoutMillis: EXPORT_MS,
  });

const traceExporter = (endpoint: string): SpanExporter =>
  new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: EXPORT_MS });

function useInstruments(provider: MeterProvider, logger: Logger): void {
  const meter = provider.getMeter('hedui');
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();
  const gauges = new Map<string, ObservableGauge>();
  for (const [key, spec] of Object.entries<MetricSpec>(METRICS)) {
    const { name, help: description } = spec;
    if (spec.kind === 'counter') counters.set(key, meter.createCounter(name, { description }));
    else if (spec.kind === 'gauge') gauges.set(key, meter.createObservableGauge(name, { description }));
    else
      histograms.set(key, meter.createHistogram(name, { description, advice: { explicitBucketBoundaries: SECONDS } }));
  }
  useRecorder({
    count: (metric, by, labels) => counters.get(metric)?.add(by, labels),
    observe: (metric, seconds, labels) => histograms.get(metric)?.record(seconds, labels),
  });
  meter.addBatchObservableCallback(
    async (result) => {
      const say = (metric: MetricKey, value: number, labels = {}) => {
        const gauge = gauges.get(metric);
        if (gauge && Number.isFinite(value)) result.observe(gauge, value, labels);
      };
      await Promise.all(allCollectors().map((collector) => readInTime(collector, say, logger)));
    },
    [...gauges.values()],
  );
}

/** One that fails or hangs leaves its gauges out: a database that is away must not hide all the rest. */
async function readInTime(collector: Collector, say: Parameters<Collector['read']>[0], logger: Logger): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not read within ${COLLECTOR_MS} ms`)), COLLECTOR_MS);
  });
  try {
    const reading = Promise.resolve(
      collector.read((...said) => {
        if (!over) say(...said);
      }),
    );
    await Promise.race([reading, late]);
  } catch (error) {
    over = true;
    count('collectorFailures', 1, { collector: collector.name });
    logger.debug({ err: error, collector: collector.name }, 'metrics could not be read');
  } finally {
    clearTimeout(timer);
  }
}

function watchProcess(service: string, disks: ReadonlyMap<string, string>): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const unwatch = collect({
    name: 'process',
    async read(say) {
      say('loopSeconds', delay.percentile(99) / 1e9, { service });
      delay.reset();
      const { rss, heapUsed, external } = process.memoryUsage();
      for (const [kind, bytes] of Object.entries({ rss, heap: heapUsed, external }))
        say('memory', bytes, { service, kind });
      for (const [disk, path] of disks) {
        const { bavail, blocks } = await statfs(path);
        if (blocks > 0) say('diskFree', bavail / blocks, { disk });
      }
    },
  });
  return () => {
    delay.disable();
    unwatch();
  };
}
