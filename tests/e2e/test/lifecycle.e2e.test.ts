/**
 * What an operator sees and does while work goes on: one trace from the call to the ledger, metrics of every service, and each service
 * stopped and started again in the middle of a batch.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Batch, batchSchema, type DetectionRates } from '@hedui/contracts';
import { checkCharacter } from '@hedui/identity-numbers';
import { eventually } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Mesh, SAMPLE, startMesh } from './mesh.js';
import { startTraceSink, type TraceSink } from './trace-sink.js';

const HEADER =
  'household_ref,programme,verification_type,region,area,relation,id_number,name,authorisation_no,authorised_on';
/** Fewer chunks under way at once than usual, so that the batch lasts while everything is restarted. */
const ENV = { HEDUI_OUTSTANDING_CHUNKS: '1' };
const IN_BATCH = 40_000;
/** Below the launcher's 20 s, after which it would kill. */
const GRACE_MS = 18_000;
const SLOW_MS = 15_000;
/** Those that a batch passes through, in the order in which they are restarted. */
const WORKING = ['verification', 'matcher', 'reporting', 'gateway'];

/** Numbers of a province's own prefix, which belong to nobody. */
function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const day = String(1 + (Math.floor(i / 600) % 28)).padStart(2, '0');
    const month = String(1 + (Math.floor(i / 50) % 12)).padStart(2, '0');
    const digits = `520000${1950 + (i % 50)}${month}${day}${String(Math.floor(i / 16_800) + 1).padStart(3, '0')}`;
    return `${digits}${checkCharacter(digits)}`;
  });
}
const csv = (mark: string, ids: readonly string[]) =>
  [
    HEADER,
    ...ids.map(
      (id, i) => `${mark}${i},urban_dibao,new_application,520102,urban,applicant,${id},张三,SQ${i},2026-11-01`,
    ),
  ].join('\n');

describe('an installation that is looked after', () => {
  let mesh: Mesh;
  let sink: TraceSink;
  const ids = numbers(IN_BATCH);
  beforeAll(async () => {
    sink = await startTraceSink();
    mesh = await startMesh({ log: 'postgres', env: { ...ENV, OTEL_EXPORTER_OTLP_ENDPOINT: sink.url } });
    expect((await mesh.hedui('policy', 'publish', path.join(SAMPLE, 'policy.yaml'))).status).toBe(0);
  }, 180_000);
  afterAll(async () => {
    await mesh?.remove();
    await sink?.close();
  }, 60_000);

  const submit = async (body: string, headers: Record<string, string> = {}): Promise<Batch> => {
    const answer = await mesh.fetch('/v1/batches?asOf=2026-11-15', {
      method: 'POST',
      headers: { 'content-type': 'text/csv', ...headers },
      body,
    });
    expect(answer.status).toBe(202);
    return batchSchema.parse(await answer.json());
  };
  const batchOf = async (id: string) => batchSchema.parse(await (await mesh.fetch(`/v1/batches/${id}`)).json());
  const logOf = (service: string) => readFileSync(path.join(mesh.home, 'logs', `${service}.log`), 'utf8');
  const pidOf = async (service: string) =>
    Number(await readFile(path.join(mesh.home, 'run', `${service}.pid`), 'utf8').catch(() => '0'));
  const targets = async () =>
    JSON.parse(await readFile(path.join(mesh.home, 'run', 'prometheus-targets.json'), 'utf8')) as {
      targets: [string];
      labels: { service_name: string };
    }[];

  it('shows the way of a household from the call to the ledger in one trace, and in the logs', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const batch = await submit(csv('T', ids.slice(0, 3)), { traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    const steps = ['packed', 'sent', 'assessed', 'reported', 'counted'];
    const named = (name: string) => sink.spans(traceId).find((span) => span.name === name);
    const wanted = ['gateway createBatch', 'service createBatch', 'batch received', ...steps.map((s) => `chunk ${s}`)];
    await eventually(() => wanted.every((name) => named(name)), { within: 30_000, what: `spans ${wanted.join(', ')}` });
    const gateway = named('gateway createBatch');
    expect(gateway?.parentSpanId).toBe('00f067aa0ba902b7');
    expect(named('batch received')?.parentSpanId).toBe(gateway?.spanId);
    const packed = named('chunk packed');
    expect(packed?.parentSpanId).toBe(gateway?.spanId);
    for (const step of steps.slice(1)) expect(named(`chunk ${step}`)?.parentSpanId).toBe(packed?.spanId);
    const services = new Set(sink.spans(traceId).map(({ attributes }) => attributes['hedui.service']));
    expect(services).toEqual(new Set(['gateway', 'verification', 'matcher', 'reporting']));
    expect(packed?.attributes).toMatchObject({ 'hedui.batch': batch.id, 'hedui.correlation_id': traceId });

    for (const [service, step] of [
      ['verification', 'packed'],
      ['verification', 'sent'],
      ['matcher', 'assessed'],
      ['verification', 'reported'],
      ['reporting', 'counted'],
    ] as const) {
      const lines = logOf(service)
        .split('\n')
        .filter((line) => line.includes(`a chunk was ${step}`) && line.includes(traceId));
      expect([service, step, lines.length]).toEqual([service, step, 1]);
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ correlationId: traceId, batchId: batch.id, households: 3 });
    }
    const told = sink.bodies.join('\n');
    for (const secret of [...ids.slice(0, 3), '张三']) expect(told).not.toContain(secret);
  }, 60_000);

  it('tells its metrics to this machine and to administrators, and at the gateway to administrators only', async () => {
    const texts = new Map<string, string>();
    for (const { targets: at, labels } of await targets()) {
      const answer = await fetch(`http://${at[0]}/metrics`);
      expect([labels.service_name, answer.status]).toEqual([labels.service_name, 200]);
      texts.set(labels.service_name, await answer.text());
    }
    expect([...texts.keys()].sort()).toHaveLength(9);
    const all = [...texts.values()].join('\n');
    for (const metric of [
      'hedui_lag_messages{group="matcher.records"',
      'hedui_lag_messages{group="reporting.ledger"',
      'hedui_outbox_age_seconds{outbox="matcher"',
      'hedui_slices_pending{source="tax"',
      'hedui_chunks_total{step="assessed"',
      'hedui_batches_running',
      'hedui_pool_connections{pool="identity"',
      'hedui_dead_letters_open',
      'hedui_audit_entries{log="verification"',
      'hedui_disk_free_ratio{disk="data"',
      'hedui_requests_total{service="verification",route="createBatch",status="202"',
    ]) {
      expect(all).toContain(metric);
    }
    for (const secret of [...ids.slice(0, 3), '张三', 'T0']) expect(all).not.toContain(secret);
    expect((await fetch(new URL('/metrics', mesh.url))).status).toBe(401);
    expect((await mesh.fetch('/metrics')).status).toBe(200);
  }, 60_000);

  it('keeps every household when each service is stopped and started again during a batch', async () => {
    const batch = await submit(csv('R', ids));
    expect(batch.counts.accepted).toBe(IN_BATCH);
    const single = async () => {
      const answer = await mesh.fetch('/v1/verifications', {
        method: 'POST',
        headers: { 'content-type': 'application/json', prefer: 'wait=20' },
        body: JSON.stringify({
          ...{
            asOf: '2026-11-15',
            programme: 'urban_dibao',
            verificationType: 'petition',
            region: '520102',
            area: 'urban',
          },
          persons: [
            {
              relation: 'applicant',
              idNumber: ids[0],
              name: '张三',
              authorisationNo: 'SQ0',
              authorisedOn: '2026-11-01',
            },
          ],
        }),
      });
      return answer.status;
    };
    // A batch never delays a single check: it is answered while tens of chunks still wait.
    expect(await single()).toBe(200);
    expect((await batchOf(batch.id)).state).toBe('running');

    const ports = new Map((await targets()).map(({ targets: [at], labels }) => [labels.service_name, at] as const));
    ports.set('gateway', new URL(mesh.url).host);
    const under: string[] = [];
    const slow: string[] = [];
    const restart = async (service: string) => {
      const pid = await pidOf(service);
      const told = Date.now();
      process.kill(pid, 'SIGTERM');
      const ended = () => mesh.printed.some((line) => line.startsWith(`${service} has ended by itself`));
      await eventually(ended, { within: GRACE_MS, what: `${service} stops` });
      if (Date.now() - told > SLOW_MS) slow.push(service);
      const ready = async () =>
        (await pidOf(service)) !== pid && (await fetch(`http://${ports.get(service)}/ready`)).status === 200;
      await eventually(ready, { within: 45_000, what: `${service} is ready again` });
    };
    for (const service of WORKING) {
      if ((await batchOf(batch.id)).state === 'running') under.push(service);
      await restart(service);
    }
    // Those that have no part in the batch do not wait for each other.
    await Promise.all([...ports.keys()].filter((service) => !WORKING.includes(service)).map(restart));
    expect(under).toEqual(expect.arrayContaining(WORKING.slice(0, 3)));
    // None was killed or failed: each gave back what it had under way, in time.
    expect(mesh.printed.filter((line) => / has ended by itself/.test(line) && !line.includes('(exit 0)'))).toEqual([]);
    expect(slow).toEqual([]);

    await eventually(async () => (await batchOf(batch.id)).state === 'done', {
      within: 60_000,
      what: 'the batch ends',
    });
    expect((await batchOf(batch.id)).counts).toMatchObject({ accepted: IN_BATCH, reports: IN_BATCH });
    const text = await (await mesh.fetch(`/v1/batches/${batch.id}/reports`)).text();
    const refs = text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { householdRef: string }).householdRef);
    expect([refs.length, new Set(refs).size]).toEqual([IN_BATCH, IN_BATCH]);
    const counted = async () => {
      const answer = await mesh.fetch('/v1/detection-rates?from=2026-01&to=2026-12');
      const { completed = 0, leftOut } = ((await answer.json()) as DetectionRates).total;
      return completed + leftOut.incomplete;
    };
    // Each household once: those of the first batch stand in this one too, and the single check is of another type.
    await eventually(async () => (await counted()) === IN_BATCH + 1, {
      within: 30_000,
      what: 'the ledger has them all',
    });
  }, 240_000);
});
