import { readFileSync } from 'node:fs';
import path from 'node:path';
import { assess, parsePolicy } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import { need } from '../city/cells.js';
import { cityCases, HARD_CITY, loadCity, SAMPLE_CITY } from '../city/city.js';
import { toArguments } from '../plain/adapter.js';
import { seeded } from '../plain/random.js';
import { randomSetting, randomWorld } from '../plain/random-world.js';
import { checkedExplanation, valuesOf } from './check.js';

/** The long form: HEDUI_DIFFERENTIAL=100000. HEDUI_DIFFERENTIAL_SEED starts elsewhere. */
const HOUSEHOLDS = Number(process.env.HEDUI_DIFFERENTIAL ?? 2000);
const FIRST_SEED = Number(process.env.HEDUI_DIFFERENTIAL_SEED ?? 700_001);
const HOUSEHOLDS_PER_POLICY = 25;
const AS_OF = '2026-11-15';

describe('an explanation, read by somebody who has nothing else', () => {
  it(
    `rebuilds figures, tier and conclusion of ${HOUSEHOLDS} random households`,
    () => {
      const seen = new Set<string>();
      for (let done = 0, seed = FIRST_SEED; done < HOUSEHOLDS; seed++) {
        const setting = randomSetting(seeded(seed));
        const parsed = parsePolicy(JSON.stringify(setting.policy), 'json');
        if (!parsed.ok) throw new Error(`seed ${seed}: ${JSON.stringify(parsed.errors)}`);
        for (let i = 0; i < HOUSEHOLDS_PER_POLICY; i++, done++) {
          const given = toArguments(parsed.policy, randomWorld(setting));
          const explanation = checkedExplanation(given, assess(...given));
          expect(valuesOf(explanation).filter((value) => /^(?:P\d|B\d|stranger|name)$/.test(value))).toEqual([]);
          for (const { effectFrom, code } of explanation.findings) seen.add(effectFrom).add(code);
          for (const { kind, differs } of explanation.conclusion.counterfactuals) seen.add(`${kind} ${differs}`);
          for (const { passedOver, outcome } of explanation.tier.entries) seen.add(passedOver ?? outcome);
          for (const { reason } of explanation.arithmetic.supporters) seen.add(reason);
          seen.add(explanation.conclusion.decidedBy).add(explanation.tier.nullBecause ?? 'told');
        }
      }
      // The households must be worth explaining.
      const kinds = ['without_finding', 'without_failing', 'income_lower', 'income_higher', 'source_answers'];
      const whys = ['nobody_counted', 'failing_finding', 'silent_source', 'review_finding', 'nothing_found'];
      const tiers = ['holds', 'fails', 'other_area', 'required_source_silent', 'told'];
      const reasons = ['deceased', 'agreed', 'recipient', 'formula', 'programme', 'policy', 'default', 'fixed'];
      for (const wanted of [...kinds.map((kind) => `${kind} true`), ...whys, ...tiers, ...reasons]) {
        expect(seen).toContain(wanted);
      }
      expect([...seen].filter((name) => /^[A-Z]/.test(name))).toHaveLength(26);
    },
    10 * 60_000,
  );
});

describe.each([
  ['the sample city', SAMPLE_CITY, 233],
  ['the hard city', HARD_CITY, 357],
])('%s', (_name, folder, households) => {
  const city = loadCity(folder);
  const refs = readFileSync(path.join(folder, 'expected.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { householdRef: string }).householdRef);
  const cases = cityCases(city, AS_OF, refs);

  it(`rebuilds all ${households} households, and names nobody`, () => {
    expect(cases.size).toBe(households);
    for (const [ref, given] of cases) {
      const text = JSON.stringify(checkedExplanation(given, assess(...given)));
      const secrets: string[] = given[1].persons.map((person) => person.person);
      for (const row of need(city.households.get(ref), ref)) {
        for (const secret of [row.name, row.id_number, row.benefit_no, row.authorisation_no]) {
          if (secret) secrets.push(secret);
        }
      }
      expect([ref, secrets.filter((secret) => text.includes(secret))]).toEqual([ref, []]);
    }
  });
});
