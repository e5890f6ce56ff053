import {
  type Assessment,
  type Difference,
  type Fen,
  type Finding,
  formatDay,
  formatYuan,
  INCOME_CATEGORIES,
  type SourceState,
} from '@hedui/contracts';
import { perCapitaMonthly } from '@hedui/means-test';

type Value = Difference['was'];
type Place = Partial<Pick<Difference, 'member' | 'source' | 'recordId'>>;
/** Everything of an assessment that can differ, each under a key that two assessments of a household share. */
type Told = Map<string, { what: Difference['what']; name: string; place: Place; value: Value }>;

/**
 * How two assessments of one household differ, in the order of the report: conclusion, tier, figures, support, sources, findings.
 * Empty when they are the same, whatever the order of their findings. A finding is the same finding when code, member, source, record and income category are.
 */
export function differencesOf(was: Assessment, is: Assessment): Difference[] {
  const [before, after] = [toldOf(was), toldOf(is)];
  const found: Difference[] = [];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const old = before.get(key);
    const now = after.get(key);
    const one = old ?? now;
    const values = { was: old?.value ?? null, is: now?.value ?? null };
    if (one === undefined || same(values.was, values.is)) continue;
    const what = one.what === 'finding_changed' ? findingChange(old !== undefined, now !== undefined) : one.what;
    found.push({ what, name: one.name, member: null, source: null, recordId: null, ...one.place, ...values });
  }
  return found
    .map((difference, i) => ({ difference, i }))
    .sort(byPart)
    .map(({ difference }) => difference);
}

const findingChange = (was: boolean, is: boolean): Difference['what'] =>
  was && is ? 'finding_changed' : was ? 'finding_removed' : 'finding_added';

const PARTS: readonly Difference['what'][] = ['policy', 'conclusion', 'tier', 'figure', 'support', 'source'];
const part = ({ what }: Difference): number => (PARTS.includes(what) ? PARTS.indexOf(what) : PARTS.length);
type Numbered = { difference: Difference; i: number };
const byPart = (a: Numbered, b: Numbered): number => part(a.difference) - part(b.difference) || a.i - b.i;

function toldOf(a: Assessment): Told {
  const told: Told = new Map();
  const tell = (what: Difference['what'], name: string, value: Value, place: Place = {}, more = '') => {
    const key = [what, name, place.member, place.source, place.recordId, more].join('\0');
    // Two findings of one key: the second is told apart by its turn.
    let turn = 0;
    while (told.has(`${key}\0${turn}`)) turn++;
    told.set(`${key}\0${turn}`, { what, name, place, value });
  };
  const money = (amount: Fen | null): Value => (amount === null ? null : formatYuan(amount));
  tell('conclusion', 'conclusion', a.conclusion);
  tell('tier', 'tier', a.tier);
  tell('figure', 'countedMembers', a.countedMembers);
  tell('figure', 'standardMonthly', money(a.standardMonthly));
  tell('figure', 'annualIncome', money(a.annualIncome));
  tell('figure', 'perCapitaMonthly', money(perCapitaMonthly(a)));
  for (const income of a.income) {
    const { member } = income;
    for (const category of INCOME_CATEGORIES) {
      const { declared, verified, assessed } = income[category];
      tell('figure', `${category}.declared`, money(declared), { member });
      tell('figure', `${category}.verified`, money(verified), { member });
      tell('figure', `${category}.assessed`, money(assessed), { member });
    }
    tell('figure', 'deduction', money(income.deduction), { member });
  }
  for (const { supporter, amount, basis } of a.support) {
    tell('support', 'support', { amount: formatYuan(amount), basis }, { member: supporter });
  }
  for (const state of a.sources) tell('source', state.source, sourceValue(state), { source: state.source });
  for (const finding of a.findings) {
    const { member, source, recordId } = finding;
    const { category } = finding.detail;
    const place = { member, source, recordId };
    tell('finding_changed', finding.code, findingValue(finding), place, typeof category === 'string' ? category : '');
  }
  return told;
}

const sourceValue = ({ state, asOf, loading }: SourceState): Value => ({
  state,
  asOf: asOf === null ? null : formatDay(asOf),
  loading,
});

const findingValue = ({ effect, detail }: Finding): Value => ({ ...detail, effect });

function same(a: Value, b: Value): boolean {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => a[key] === b[key]);
}
