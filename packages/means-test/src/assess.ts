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
import { keyDates } from './dates.js';
import { dividedHalfUp } from './exact.js';
import type { PersonFacts } from './facts.js';
import { addFinding, type FindingList, newFindingList, orderedFindings } from './finding-list.js';
import type { HouseholdCase } from './household.js';
import { type Measures, measure } from './measures.js';
import type { Policy, Programme } from './policy/compile.js';
import { disposableFor, standardFor } from './policy/lookup.js';
import { addTestFindings, type Standards, testCodes } from './programme-tests.js';

/** Thrown by `assess` for a household that `householdProblems` would have refused; `code` is its first reason. */
export class HouseholdNotAssessable extends Error {
  constructor(readonly code: RowCode) {
    super(`the household cannot be assessed under this policy: ${code}`);
    this.name = 'HouseholdNotAssessable';
  }
}

/**
 * Assesses one household (README §2 to §12). `facts` stand in the order of the household's persons, records under
 * another name already taken out; `sources` are the states for the household's region. The same arguments always give
 * the same result. Throws HouseholdNotAssessable, and RangeError when facts and persons differ in number.
 */
export function assess(
  policy: Policy,
  household: HouseholdCase,
  facts: readonly PersonFacts[],
  sources: readonly SourceState[],
): Assessment {
  if (facts.length !== household.persons.length) throw new RangeError('facts and persons differ in number');
  const programme = programmeOf(policy, household);
  const standards = standardsOf(policy, household, programme);
  const list = newFindingList(programme);
  const measures = measure(policy, keyDates(policy, household.asOf), household, facts, standards.monthly, list);
  // With nobody left there is no household to test, and no effect decides (README §5).
  const anybody = measures.countedMembers > 0;
  const commonCodes = list.codes;
  if (anybody) addTestFindings(list, measures, standards);
  addSourceFindings(list, sources);
  const complete = programme.requires.every((source) => isAnswered(sources, source));
  return {
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
}

/** Y ÷ 12n in fen a month, rounded half up, for display only; null when nobody is counted. */
export function perCapitaMonthly(assessment: Pick<Assessment, 'annualIncome' | 'countedMembers'>): Fen | null {
  if (assessment.countedMembers === 0) return null;
  return dividedHalfUp(assessment.annualIncome, 12 * assessment.countedMembers) as Fen;
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

function isAnswered(sources: readonly SourceState[], source: SourceName): boolean {
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

/** The first tier whose programme finds nothing that fails the household; `none` when there is none (README §11). */
function tierOf(policy: Policy, area: Area, commonCodes: number, measures: Measures, standards: Standards): string {
  for (const tier of policy.tiers) {
    const programme = area === 'urban' ? tier.urban : tier.rural;
    if (programme === null || (programme.incomeCeilingDisposable && standards.disposable === null)) continue;
    const codes = commonCodes | testCodes(programme, measures, standards);
    if ((codes & programme.failsMask) === 0) return tier.code;
  }
  return 'none';
}
