import {
  type DetectionRates,
  formatMonth,
  type GroupBy,
  type HouseholdEnding,
  monthOf,
  type RateRow,
  type ReportChunk,
  type ReportedHousehold,
  SOURCES,
} from '@hedui/contracts';

/**
 * The rates worked out report by report, without SQL: what the README says, as plainly as can be. `chunks` stand in the
 * order of issue.
 */
export interface Asked {
  from: number;
  to: number;
  groupBy: GroupBy[];
  programme?: string;
  type?: string;
  region?: string;
}
interface Counted {
  month: number;
  household: ReportedHousehold;
  /** Why it is left out, when its authorisation ended. */
  ended: HouseholdEnding['reason'] | null;
}
type Endings = readonly HouseholdEnding[];
type Figures = DetectionRates['total'];

function latestReports(chunks: readonly ReportChunk[], endings: Endings, asked: Asked): Counted[] {
  const latest = new Map<string, Counted & { asOf: number }>();
  for (const chunk of chunks) {
    const month = monthOf(chunk.asOf);
    if (month < asked.from || month > asked.to) continue;
    for (const household of chunk.households) {
      const key = [household.applicant, household.programme, household.verificationType];
      if (asked.groupBy.includes('month')) key.push(String(month));
      const known = latest.get(key.join());
      if (known && known.asOf > chunk.asOf) continue;
      const ending = endings.find((e) => e.chunkId === chunk.chunkId && e.index === household.index);
      latest.set(key.join(), { month, household, asOf: chunk.asOf, ended: ending?.reason ?? null });
    }
  }
  return [...latest.values()].filter(
    ({ household }) =>
      (asked.programme === undefined || household.programme === asked.programme) &&
      (asked.type === undefined || household.verificationType === asked.type) &&
      (asked.region === undefined ||
        household.region.startsWith(asked.region.length === 6 ? asked.region.replace(/(00)+$/, '') : asked.region)),
  );
}

function levels(region: string): { region: string; level: 'province' | 'city' | 'county' | 'township' }[] {
  const result = [{ region: `${region.slice(0, 2)}0000`, level: 'province' as const }] as ReturnType<typeof levels>;
  if (region.slice(2, 4) !== '00') result.push({ region: `${region.slice(0, 4)}00`, level: 'city' });
  if (region.slice(4, 6) !== '00') result.push({ region: region.slice(0, 6), level: 'county' });
  if (region.length === 9) result.push({ region, level: 'township' });
  return result;
}

/** Every group that a household stands in. */
function groupsOf({ month, household }: Counted, groupBy: readonly GroupBy[]): Partial<RateRow>[] {
  let groups: Partial<RateRow>[] = [{}];
  const cross = (values: Partial<RateRow>[]) => {
    groups = groups.flatMap((group) => values.map((value) => ({ ...group, ...value })));
  };
  for (const by of groupBy) {
    if (by === 'programme') cross([{ programme: household.programme }]);
    if (by === 'type') cross([{ verificationType: household.verificationType }]);
    if (by === 'month') cross([{ month: formatMonth(month as Parameters<typeof formatMonth>[0]) }]);
    if (by === 'region') cross(levels(household.region));
    if (by === 'source') cross(SOURCES.map((source) => ({ source })));
  }
  return groups;
}

function rate(count: number, of: number): { count: number; rate: string | null } {
  if (of === 0) return { count, rate: null };
  const text = ((BigInt(count) * 20_000n + BigInt(of)) / (2n * BigInt(of))).toString().padStart(5, '0');
  return { count, rate: `${text.slice(0, -4)}.${text.slice(-4)}` };
}

function figures(group: Partial<RateRow>, latest: readonly Counted[], findingCode: string | null): Figures {
  const all = latest.filter(({ ended }) => ended === null).map(({ household }) => household);
  const left = (reason: string) => latest.filter(({ ended }) => ended === reason).length;
  const { source } = group;
  const counted = all.filter(({ assessment }) =>
    source === undefined
      ? assessment.conclusion !== 'incomplete'
      : assessment.sources.some((s) => s.source === source && s.state === 'answered'),
  );
  const hit = ({ assessment }: ReportedHousehold) =>
    assessment.findings.some(
      (f) =>
        (source === undefined || f.source === source) &&
        (findingCode === null ? f.effect !== 'info' : f.code === findingCode),
    );
  const tiers: Record<string, number> = { dibao: 0, dibao_margin: 0, rigid_expenditure: 0 };
  let low = 0;
  for (const { assessment } of counted) {
    if (assessment.tier === null || assessment.tier === 'none') continue;
    tiers[assessment.tier] = (tiers[assessment.tier] ?? 0) + 1;
    low++;
  }
  const of = counted.length;
  return {
    ...(source === undefined ? { completed: of } : { answered: of }),
    leftOut: {
      incomplete: all.filter(({ assessment }) => assessment.conclusion === 'incomplete').length,
      withdrawn: left('withdrawn'),
      unauthorised: left('unauthorised'),
    },
    flagged: rate(counted.filter(hit).length, of),
    detected: rate(counted.filter(({ assessment }) => assessment.conclusion === 'does_not_meet').length, of),
    confirmed: { count: 0, rate: null },
    overturned: { count: 0, rate: null },
    lowIncome: { ...rate(low, of), tiers },
  };
}

export function recount(
  chunks: readonly ReportChunk[],
  asked: Asked,
  endings: Endings = [],
): { rows: RateRow[]; total: Figures } {
  const groups = new Map<string, { group: Partial<RateRow>; households: Counted[] }>();
  for (const counted of latestReports(chunks, endings, asked)) {
    for (const group of groupsOf(counted, asked.groupBy)) {
      const key = JSON.stringify(group);
      const entry = groups.get(key) ?? { group, households: [] };
      groups.set(key, entry);
      entry.households.push(counted);
    }
  }
  const rows = [...groups.values()].flatMap(({ group, households }): RateRow[] => {
    if (!asked.groupBy.includes('finding')) return [{ ...group, ...figures(group, households, null) }];
    const codes = new Set(households.flatMap(({ household }) => household.assessment.findings.map((f) => f.code)));
    return [...codes]
      .map((code): RateRow => ({ ...group, finding: code, ...figures(group, households, code) }))
      .filter((row) => row.flagged.count > 0);
  });
  const whole = latestReports(chunks, endings, { ...asked, groupBy: [] });
  return { rows, total: figures({}, whole, null) };
}
