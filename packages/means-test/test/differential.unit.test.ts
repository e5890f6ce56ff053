import { parsePolicy } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import { assessWorld, comparable, comparablePlain } from './plain/adapter.js';
import { plainAssess } from './plain/model.js';
import { seeded } from './plain/random.js';
import { randomSetting, randomWorld } from './plain/random-world.js';

/** The long form: HEDUI_DIFFERENTIAL=100000. HEDUI_DIFFERENTIAL_SEED starts elsewhere. */
const HOUSEHOLDS = Number(process.env.HEDUI_DIFFERENTIAL ?? 3000);
const FIRST_SEED = Number(process.env.HEDUI_DIFFERENTIAL_SEED ?? 1);
const HOUSEHOLDS_PER_POLICY = 25;

describe('the rules against a second, plain model', () => {
  it(
    `agrees on ${HOUSEHOLDS} random households on and beside the boundaries`,
    () => {
      const conclusions = new Map<string, number>();
      const codes = new Set<string>();
      for (let done = 0, seed = FIRST_SEED; done < HOUSEHOLDS; seed++) {
        const setting = randomSetting(seeded(seed));
        const parsed = parsePolicy(JSON.stringify(setting.policy), 'json');
        if (!parsed.ok) throw new Error(`seed ${seed}: ${JSON.stringify(parsed.errors)}`);
        for (let i = 0; i < HOUSEHOLDS_PER_POLICY; i++, done++) {
          const world = randomWorld(setting);
          const assessment = assessWorld(parsed.policy, world);
          const expected = plainAssess(world);
          expect({ seed, i, result: comparable(assessment) }).toEqual({ seed, i, result: comparablePlain(expected) });
          const key = `${expected.conclusion}/${expected.tier}`;
          conclusions.set(key, (conclusions.get(key) ?? 0) + 1);
          for (const finding of expected.findings) codes.add(finding.code);
        }
      }
      // The households must be worth comparing: every conclusion, and every code that a rule can raise.
      const kinds = new Set([...conclusions.keys()].map((key) => key.split('/')[0]));
      expect([...kinds].sort()).toEqual(['does_not_meet', 'incomplete', 'meets', 'needs_review']);
      expect(codes.size).toBe(26);
    },
    10 * 60_000,
  );
});
