import path from 'node:path';
import type { EventLog } from '@hedui/event-log';
import { until } from '@hedui/local-parts';
import pg from 'pg';
import { judgeAudit, judgeTold } from '../checker/audit.js';
import { type Breach, Judgement } from '../checker/judgement.js';
import { judgeLeaks } from '../checker/leaks.js';
import { judgeRecords } from '../checker/records.js';
import {
  type ExpectedBatch,
  firstReports,
  type GivenReport,
  judgeBatch,
  judgeRates,
  recount,
} from '../checker/reports.js';
import { embeddedTopics, kafkaTopics, readOnce } from '../checker/topics.js';
import { openLog } from './inject.js';
import { askBatch, askPatiently, type BatchCounts, expectedBatch, givenReports, type Town } from './town.js';
import type { World } from './world.js';

const database = (source: string): string => `hedui_${source}`;

/** Waits for a batch's last report; says how long it took. */
export async function batchDone(world: World, id: string, withinMs = 180_000): Promise<number> {
  const began = Date.now();
  const done = await until(
    async () => ((await askBatch(world, id))?.state === 'done' ? true : undefined),
    withinMs,
    100,
  );
  if (!done)
    throw new Error(`the batch is not done after ${withinMs} ms: ${JSON.stringify(await askBatch(world, id))}`);
  return Date.now() - began;
}

/**
 * Judges all invariants for a town that was loaded whole and the batches that were made of it, in the order of their making. A batch is done when
 * verification has its reports; the ledger may still be on its way back from what was done to it, so what lies on the log is waited for first.
 */
export async function judge(world: World, town: Town, batchIds: readonly string[]): Promise<Breach[]> {
  await drained(world);
  const judgement = new Judgement();
  const topics = readOnce(
    world.log === 'kafka' ? kafkaTopics(world.brokers()) : embeddedTopics(world.databaseUrl('hedui_log')),
  );
  try {
    const matcherUrl = world.databaseUrl('hedui_matcher');
    for (const expected of town.records) {
      await judgeRecords(
        judgement,
        { sourceUrl: world.databaseUrl(database(expected.source)), matcherUrl, topics },
        expected,
      );
    }
    const at = {
      verificationUrl: world.databaseUrl('hedui_verification'),
      reportingUrl: world.databaseUrl('hedui_reporting'),
      first: await firstReports(topics),
    };
    const batches: { expected: ExpectedBatch; given: GivenReport[] }[] = [];
    for (const id of batchIds) {
      const expected = expectedBatch(town, id);
      const given = await givenReports(world, id);
      const { counts } = (await (await askPatiently(world, `/v1/batches/${id}`)).json()) as BatchCounts;
      await judgeBatch(judgement, at, expected, given, counts);
      batches.push({ expected, given });
    }
    if (batches.length > 0) {
      const answer = await askPatiently(world, '/v1/detection-rates?from=2026-01&to=2026-12&groupBy=programme');
      const { rows } = (await answer.json()) as { rows: Parameters<typeof judgeRates>[1] };
      judgeRates(judgement, rows, recount(batches));
    }
    const urls = ['verification', 'reporting', 'identity', ...new Set(town.records.map(({ source }) => source))];
    for (const service of urls) {
      const told = await judgeAudit(judgement, service, world.databaseUrl(database(service)));
      if (service === 'verification') await judgeTold(judgement, at.verificationUrl, told, batchIds);
    }
    const blindUrls = [
      matcherUrl,
      at.reportingUrl,
      ...(world.log === 'postgres' ? [world.databaseUrl('hedui_log')] : []),
    ];
    const redisUrl = world.parts.redis?.url ?? null;
    await judgeLeaks(judgement, { topics, blindUrls, logs: path.join(world.home, 'logs'), redisUrl }, town.secrets);
  } finally {
    await topics.close();
  }
  return judgement.breaches;
}

/** Resolves when every consumer has read what there is: nobody's stored position is behind its topic's end. */
export async function drained(world: World, withinMs = 120_000): Promise<void> {
  const log = await openLog(world);
  const databases = ['hedui_matcher', 'hedui_verification', 'hedui_reporting'];
  try {
    const done = await until(
      async () => {
        for (const name of databases) if (await isBehind(log, world.databaseUrl(name))) return undefined;
        return true;
      },
      withinMs,
      250,
    );
    if (!done) throw new Error(`consumers are still behind after ${withinMs} ms`);
  } finally {
    await log.close();
  }
}

async function isBehind(log: EventLog, url: string): Promise<boolean> {
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  try {
    const { rows } = await db.query<{ topic: string; partition: number; next: string }>(
      'SELECT topic, partition, next_offset AS next FROM log_position',
    );
    const ends = new Map<string, bigint>();
    for (const topic of new Set(rows.map((row) => row.topic)))
      for (const at of await log.offsets(topic)) ends.set(`${topic}/${at.partition}`, at.end);
    return rows.some((row) => BigInt(row.next) < (ends.get(`${row.topic}/${row.partition}`) ?? 0n));
  } finally {
    await db.end();
  }
}
