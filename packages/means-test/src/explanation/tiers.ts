import { type ExplainedTier, FINDING_CODES, FINDING_TITLES } from '@hedui/contracts';
import { tierProgramme } from '../examine.js';
import { findingBit, type Programme, type Tier } from '../policy/compile.js';
import { testCodes } from '../programme-tests.js';
import type { ExaminedCase } from './case.js';
import { explainTests } from './tests.js';
import { say } from './texts/sentences.js';
import { listed, wordFor } from './texts/terms.js';

type Entry = ExplainedTier['entries'][number];

/**
 * How the household stands with each tier in order, those after the result included (README §11). The tests are shown
 * also when a silent source keeps the result open; with nobody counted there are none.
 */
export function explainTier(examined: ExaminedCase): ExplainedTier {
  const { policy, examination } = examined;
  const { assessment, measures, complete } = examination;
  const entries = measures.countedMembers === 0 ? [] : policy.tiers.map((tier) => entryOf(examined, tier));
  const nullBecause = measures.countedMembers === 0 ? 'nobody_counted' : complete ? null : 'required_source_silent';
  const reached = entries.findIndex((entry) => entry.outcome === 'holds');
  const after = nullBecause !== null || reached < 0 ? [] : entries.slice(reached + 1);
  const next = after.flatMap(({ tier, outcome }) => (outcome === 'passed_over' ? [] : [{ tier, outcome }]))[0] ?? null;
  const result = assessment.tier;
  return {
    result,
    nullBecause,
    entries,
    next,
    text:
      nullBecause !== null
        ? say('tierOpen', { because: wordFor(nullBecause, 'null') })
        : next === null
          ? say('tier', { tier: wordFor(result ?? 'none') })
          : say('tierNext', {
              tier: wordFor(result ?? 'none'),
              next: wordFor(next.tier),
              outcome: wordFor(next.outcome, 'outcome'),
            }),
  };
}

function entryOf(examined: ExaminedCase, tier: Tier): Entry {
  const { household, examination } = examined;
  const programme = tierProgramme(tier, household.area, examination.standards);
  const named = tier.named[household.area];
  if (programme === null) {
    const otherArea = (household.area === 'urban' ? tier.urban : tier.rural) === null;
    const passedOver = otherArea ? 'other_area' : 'disposable_income_missing';
    const text = say('tierPassedOver', { tier: wordFor(tier.code), because: wordFor(passedOver, 'passed') });
    return { tier: tier.code, programme: named, outcome: 'passed_over', passedOver, findings: [], tests: [], text };
  }
  const findings = findingsUnder(programme, examined);
  const failing = findings.filter((finding) => finding.effect === 'fails');
  const outcome = failing.length === 0 ? 'holds' : 'fails';
  return {
    tier: tier.code,
    programme: programme.code,
    outcome,
    passedOver: null,
    findings,
    tests: explainTests(programme, examination.measures, examination.standards),
    text: say(outcome === 'holds' ? 'tierHolds' : 'tierFails', {
      tier: wordFor(tier.code),
      programme: wordFor(programme.code),
      findings: listed(failing.map(({ code }) => FINDING_TITLES[code])),
    }),
  };
}

/** What this household's findings would be under a programme, and what effect the programme gives them. */
function findingsUnder(programme: Programme, { examination }: ExaminedCase): Entry['findings'] {
  const { commonCodes, measures, standards } = examination;
  const byTest = testCodes(programme, measures, standards);
  return FINDING_CODES.filter((code) => ((commonCodes | byTest) & findingBit[code]) !== 0).map((code) => ({
    code,
    effect: programme.effects[code],
    effectFrom: programme.effectOrigins[code],
    by: (commonCodes & findingBit[code]) !== 0 ? 'records' : 'test',
  }));
}
