import { createEventLog, type EventLog } from '@hedui/event-log';
import { describeWith } from '@hedui/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LOGS } from '../../../services/matcher/test/logs.js';
import { logger } from './desk.js';
import { partitionsOf } from './matchers.js';
import { PEOPLE, personKey } from './people.js';
import { type Step, walks } from './steps.js';
import { openTown } from './town.js';
import { walk } from './walk.js';

/** How many sequences: few in every run of all checks, any number on demand. */
const RUNS = Number(process.env.HEDUI_STATE_RUNS ?? 0);
/** From this one the few sequences hold every kind of step. */
const SEED = Number(process.env.HEDUI_STATE_SEED ?? 20_261_244);
const LENGTH = Number(process.env.HEDUI_STATE_STEPS ?? 40);
/** A failing sequence is printed as it is, or made smaller for some minutes first. */
const SHRINKING_MS = process.env.HEDUI_STATE_SHRINK ? 600_000 : 0;

function causeOf({ errorInstance, numShrinks }: fc.RunDetails<[Step[]]>): string {
  const said = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return `${numShrinks} times smaller, ${said}`;
}

it('has persons in several partitions', () => {
  expect(partitionsOf(PEOPLE.map((_, n) => personKey(n)))).toBeGreaterThan(2);
});

for (const { name, parts, config } of LOGS) {
  const onKafka = parts.includes('kafka');
  const numRuns = RUNS > 0 ? Math.ceil(onKafka ? RUNS / 4 : RUNS) : onKafka ? 1 : 3;
  const limit = numRuns * 60_000 + SHRINKING_MS;
  describeWith(parts, `the mesh ${name}`, () => {
    let log: EventLog;
    let dropLog: (() => Promise<void>) | undefined;
    beforeAll(async () => {
      const { drop, ...settings } = await config();
      dropLog = drop;
      log = await createEventLog(settings, { logger, clientId: 'test' });
    }, 120_000);
    afterAll(async () => {
      await log.close();
      await dropLog?.();
    });

    it(
      `knows what the departments last said, whatever they did (${numRuns} sequences, seed ${SEED})`,
      async () => {
        const tally: Record<string, number> = {};
        const one = async (steps: Step[]) => {
          const town = await openTown(log);
          try {
            await walk(town, steps, tally);
          } finally {
            await town.close();
          }
        };
        await fc.assert(fc.asyncProperty(walks(onKafka ? LENGTH / 2 : LENGTH), one), {
          numRuns,
          seed: SEED,
          ...(process.env.HEDUI_STATE_PATH ? { path: process.env.HEDUI_STATE_PATH } : {}),
          endOnFailure: SHRINKING_MS === 0,
          ...(SHRINKING_MS > 0 ? { interruptAfterTimeLimit: limit - 30_000 } : {}),
          // The steps stand in the failure itself, a line each.
          reporter: (run) => {
            if (run.failed) throw new Error(`seed ${run.seed}, path ${run.counterexamplePath}: ${causeOf(run)}`);
          },
        });
        if (RUNS > 0) process.stdout.write(`${name}: ${JSON.stringify(tally)}\n`);
        expect(tally.comparisons).toBeGreaterThan(0);
      },
      limit,
    );
  });
}
