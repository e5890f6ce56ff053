import path from 'node:path';
import type { Batch } from '@hedui/contracts';
import { migrate } from '@hedui/postgres';
import { countMigrations, withEarlierSchema } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PretendedMatcher, startMatcher } from './support/matcher.js';
import { applicant, csv } from './support/people.js';
import {
  batchOf,
  type Installation,
  inState,
  install,
  installEmpty,
  publish,
  type RunningService,
  reportsOf,
  submit,
} from './support/service.js';

const MIGRATIONS = path.join(__dirname, '../migrations');

describe('an installation that an earlier version has left in the middle of its work', () => {
  let before: Installation;
  let service: RunningService;
  let matcher: PretendedMatcher;
  let done: Batch;
  let running: Batch;
  beforeAll(async () => {
    before = await install();
    matcher = await startMatcher(before.log);
    service = await before.start({ outstandingChunks: 1 });
    await publish(service);
    done = (await (await submit(service, csv(applicant('D1', 1), applicant('D2', 2)))).json()) as Batch;
    await inState(service, done.id, 'done');
    matcher.answering = false;
    running = (await (await submit(service, csv(applicant('R1', 3), applicant('R2', 4)))).json()) as Batch;
    await matcher.close();
    await service.stop();
  }, 60_000);
  afterAll(() => before.close());

  it('has more than one version to come from', async () => {
    expect(await countMigrations(MIGRATIONS)).toBeGreaterThan(5);
  });

  it.each([1, 4, 6, 8, 9, 10])(
    'goes on with the data of version %i',
    async (upTo) => {
      const after = await installEmpty();
      const itsMatcher = await (async () => {
        const counts = await withEarlierSchema({
          ...{ from: before.database.url, to: after.database.url, migrations: MIGRATIONS, upTo },
          migrate: (directory) => migrate(after.pool, directory),
        });
        expect(counts).toMatchObject({ policy: 1, batch: 2, chunk: 2, household: 4, chunk_report: 1 });
        await after.prepare();
        return await startMatcher(after.log);
      })();
      try {
        const now = await after.start();
        // What was done is as it was; what was under way is finished.
        expect(await batchOf(now, done.id)).toMatchObject({ state: 'done', counts: { accepted: 2, reports: 2 } });
        expect((await reportsOf(now, done.id)).map(({ householdRef }) => householdRef)).toEqual(['D1', 'D2']);
        const finished = await inState(now, running.id, 'done');
        expect(finished.counts).toMatchObject({ accepted: 2, reports: 2 });
        expect((await reportsOf(now, running.id)).map(({ householdRef }) => householdRef)).toEqual(['R1', 'R2']);
        const next = (await (await submit(now, csv(applicant('N1', 5)))).json()) as Batch;
        await inState(now, next.id, 'done');
      } finally {
        await itsMatcher.close();
        await after.close();
      }
    },
    60_000,
  );
});
