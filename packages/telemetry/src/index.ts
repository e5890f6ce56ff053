export { chunkPassed, type PassedStep, reasonCode } from './chunk-steps.js';
export { type ChunkStep, type Labels, METRICS, type MetricKey, type MetricSpec } from './metrics.js';
export { type Collector, collect, count, observe, type Say } from './recorder.js';
export { type Done, span, tracing } from './spans.js';
export { metricsText, startTelemetry, type Telemetry, type TelemetryConfig, type TelemetryOptions } from './start.js';
export { callerSpan, spanIdOf, traceIdOf, traceparentOf } from './trace-ids.js';
