import {
  type Area,
  type Assessment,
  type Conclusion,
  type Fen,
  formatDay,
  type RowCode,
  SOURCES,
  type SourceName,
  type SourceState,
} from '@hedui/contracts';
import { type KeyDates, keyDates } from './dates.js';
import type { PersonFacts } from './facts.js';
import { addFinding, type FindingList, newFindingList, orderedFindings } from './finding-list.js';
import type { HouseholdCase } from './household.js';
import { type Measures, measure } from './measures.js';
import type { Policy, Programme, Tier } from './policy/compile.js';
import { disposableFor, standardFor } from './policy/lookup.js';
import { addTestFindings, type Standards, testCodes } from './programme-tests.js';

/** Thrown for a household that `householdProblems` would have refused; `code` is its first reason. */
export class HouseholdNotAssessable extends Error {
  constructor(readonly code: RowCode) {
    super(`the household cannot be assessed under this policy: ${code}`);
    this.name = 'HouseholdNotAssessable';
  }
}

/** An assessment with the values that it was made from: what `assess` returns and what `explain` shows. */
export interface Examination {
  programme: Programme;
  standards: Standards;
  dates: KeyDates;
  measures: Measures;
  /** The codes that no key of a programme decides, as the sum of their bits: every tier starts from them. */
  commonCodes: number;
  /** Every source that the programme requires has answered. */
  complete: boolean;
  assessment: Assessment;
}

/** Changes the measures before they are tested: how a household would stand at another income, spending or balance. */
export type Adjustment = (measures: Measures, programme: Programme, standards: Standards) => void;

/**
 * Runs the rules (README §2 to §12) on one household and keeps what they worked with. `adjust` is for questions of the
 * kind "what if"; an assessment is made without it. Throws as `assess` does.
 */
export function examine(
  policy: Policy,
  household: HouseholdCase,
  facts: readonly PersonFacts[],
  sources: readonly SourceState[],
  adjust?: Adjustment,
): Examination {
  if (facts.length !== household.persons.length) throw new RangeError('facts and persons differ in number');
  const programme = programmeOf(policy, household);
  const standards = standardsOf(policy, household, programme);
  const dates = keyDates(policy, household.asOf);
  const list = newFindingList(programme);
  const measures = measure(policy, dates, household, facts, standards.monthly, list);
  adjust?.(measures, programme, standards);
  // With nobody left there is no household to test, and no effect decides (README §5).
  const anybody = measures.countedMembers > 0;
  const commonCodes = list.codes;
  if (anybody) addTestFindings(list, measures, standards);
  addSourceFindings(list, sources);
  const complete = programme.requires.every((source) => isAnswered(sources, source));
  const assessment: Assessment = {
    conclusion: anybody ? conclude(list, complete) : complete ? 'needs_review' : 'incomplete',
    tier: anybody && complete ? tierOf(policy, household.area, commonCodes, measures, standards) : null,
    countedMembers: measures.countedMembers,
    standardMonthly: standards.monthly,
    annualIncome: measures.annualIncome as Fen,
    income: measures.income,
    support: measures.support,
    findings: orderedFindings(list),
    sources: [...sources],
  };
  return { programme, standards, dates, measures, commonCodes, complete, assessment };
}

function programmeOf(policy: Policy, household: HouseholdCase): Programme {
  const programme = policy.programmes.get(household.programme);
  if (programme === undefined) throw new HouseholdNotAssessable('PROGRAMME_UNKNOWN');
  if (programme.area !== null && programme.area !== household.area) throw new HouseholdNotAssessable('AREA_MISMATCH');
  return programme;
}

function standardsOf(policy: Policy, household: HouseholdCase, programme: Programme): Standards {
  const { region, area, asOf } = household;
  const monthly = standardFor(policy, region, area, asOf);
  const disposable = disposableFor(policy, region, area, asOf);
  if (monthly === null || (programme.incomeCeilingDisposable && disposable === null)) {
    throw new HouseholdNotAssessable('STANDARD_MISSING');
  }
  return { monthly, disposable };
}

export function isAnswered(sources: readonly SourceState[], source: SourceName): boolean {
  for (const state of sources) if (state.source === source) return state.state === 'answered';
  return false;
}

/** SOURCE_NO_REPLY and STALE_DATA, once per source that is not answered, required or not (README §10). */
function addSourceFindings(list: FindingList, sources: readonly SourceState[]): void {
  for (const source of SOURCES) {
    const state = sources.find((candidate) => candidate.source === source);
    if (state?.state === 'answered') continue;
    addFinding(list, state?.state === 'stale' ? 'STALE_DATA' : 'SOURCE_NO_REPLY', null, source, null, {
      asOf: state?.asOf == null ? null : formatDay(state.asOf),
    });
  }
}

/** README §11: what is proven stays proven when a source is silent. */
function conclude(list: FindingList, complete: boolean): Conclusion {
  if ((list.codes & list.programme.failsMask) !== 0) return 'does_not_meet';
  if (!complete) return 'incomplete';
  return list.findings.some((finding) => finding.effect === 'review') ? 'needs_review' : 'meets';
}

/** The programme that stands for a tier in an area, or null when the tier is passed over (README §11). */
export function tierProgramme(tier: Tier, area: Area, standards: Standards): Programme | null {
  const programme = area === 'urban' ? tier.urban : tier.rural;
  if (programme === null || (programme.incomeCeilingDisposable && standards.disposable === null)) return null;
  return programme;
}

/** The first tier whose programme finds nothing that fails the household; `none` when there is none (README §11). */
function tierOf(policy: Policy, area: Area, commonCodes: number, measures: Measures, standards: Standards): string {
  for (const tier of policy.tiers) {
    const programme = tierProgramme(tier, area, standards);
    if (programme === null) continue;
    const codes = commonCodes | testCodes(programme, measures, standards);
    if ((codes & programme.failsMask) === 0) return tier.code;
  }
  return 'none';
}
