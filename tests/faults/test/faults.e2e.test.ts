import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FAULTS } from './cases/index.js';
import { loadedWorld } from './cases/loaded-world.js';
import type { Scene } from './cases/scene.js';
import { askedLogs, type LogKind } from './world/launcher.js';
import { randomFrom } from './world/random.js';
import { makeTown } from './world/town.js';
import { judge } from './world/verdict.js';

interface Run {
  log: LogKind;
  numbers: readonly number[];
}
/** Part of `npm test`: a few faults, most of them on the embedded log. `npm run faults` sets what else is to be run. */
const SHORT: readonly Run[] = [
  { log: 'postgres', numbers: [4, 5, 8, 11] },
  { log: 'kafka', numbers: [3, 4] },
];
const env = process.env;
const runs = env.HEDUI_FAULTS
  ? askedLogs().map((log) => ({ log, numbers: (env.HEDUI_FAULTS ?? '').split(',').map(Number) }))
  : SHORT;
const seed = Number(env.HEDUI_FAULTS_SEED ?? 1);
const households = Number(env.HEDUI_FAULTS_HOUSEHOLDS ?? 1200);
const long = env.HEDUI_FAULTS_LONG === 'yes';

const HOUR_MS = 3_600_000;
/** A large batch is judged for long: a machine busy with other things needed more than an hour to search its million messages. */
const FAULT_MS = env.HEDUI_FAULTS_STRIKES ? 4 * HOUR_MS : HOUR_MS;

describe.each(runs)('faults on the log in $log', ({ log, numbers }) => {
  const chosen = FAULTS.filter((fault) => numbers.includes(fault.number) && (fault.logs?.includes(log) ?? true));
  const open: { scene?: Scene; remove?: () => Promise<void> } = {};
  const figures: string[] = [];
  /** At once in a run of its own, which takes an hour while jest tells of nothing before its end; otherwise after it. */
  const tell = (line: string): void => {
    if (env.HEDUI_FAULTS) process.stdout.write(`${log} ${line}\n`);
    else figures.push(`  ${line}`);
  };

  beforeAll(async () => {
    const loaded = await loadedWorld(
      { random: randomFrom(seed), long, note: (what, value) => tell(`${what}: ${value}`) },
      { log, town: (folder) => makeTown(folder, { seed, households, bystanders: Math.ceil(households / 5) }) },
    );
    open.scene = loaded.scene;
    open.remove = loaded.remove;
  }, HOUR_MS);

  afterAll(async () => {
    const kills = open.scene?.world.kills.count ?? 0;
    process.stdout.write(
      `${[`seed ${seed}, ${log}, ${households} households, ${kills} kills`, ...figures].join('\n')}\n`,
    );
    await open.remove?.();
  }, 120_000);

  it.each(chosen)(
    'fault $number: $title',
    async (fault) => {
      const { scene } = open;
      if (!scene) throw new Error('there is no world');
      const began = Date.now();
      const outcome = { word: 'failed' };
      try {
        await fault.run(scene);
        if (!fault.alone) expect(await judge(scene.world, scene.town, scene.batches)).toEqual([]);
        outcome.word = 'passed';
      } catch (error) {
        tell(`fault ${fault.number}: ${error instanceof Error ? error.message : String(error)}`);
        throw error;
      } finally {
        tell(`fault ${fault.number} ${outcome.word} after ${Math.round((Date.now() - began) / 1000)} s`);
      }
    },
    FAULT_MS,
  );
});
