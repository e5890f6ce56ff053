import type { PlainLoad, PlainPolicy } from './world.js';

/** The few calculations that the plain model needs, written out with text and bigint. */
export function fen(yuan: string): bigint {
  const [whole = '0', cents = ''] = yuan.split('.');
  return BigInt(whole) * 100n + BigInt(cents.padEnd(2, '0'));
}
export const hundredths = (value: number): bigint => fen(String(value));

export function monthBack(month: string, k: number): string {
  let [year = 0, m = 1] = month.split('-').map(Number);
  for (let i = 0; i < k; i++) {
    m--;
    if (m === 0) {
      m = 12;
      year--;
    }
  }
  return `${year}-${String(m).padStart(2, '0')}`;
}

export function before(date: string, k: number): string {
  const month = monthBack(date.slice(0, 7), k);
  const [year = 0, m = 1] = month.split('-').map(Number);
  const last = new Date(Date.UTC(year, m, 0)).getUTCDate();
  return `${month}-${String(Math.min(Number(date.slice(8)), last)).padStart(2, '0')}`;
}

export function daysBefore(date: string, days: number): string {
  return new Date(Date.parse(date) - days * 86_400_000).toISOString().slice(0, 10);
}

/** A six-digit code without its trailing pairs of zeros. */
export function stem(region: string): string {
  let text = region;
  if (text.length === 6) while (text.endsWith('00') && text.length > 0) text = text.slice(0, -2);
  return text;
}

export function lookUp(
  rows: readonly { region: string; area: string; from: string; amount: bigint }[],
  region: string,
  area: string,
  asOf: string,
): bigint | null {
  const fitting = rows.filter((r) => r.area === area && r.from <= asOf && region.startsWith(stem(r.region)));
  fitting.sort((a, b) => stem(b.region).length - stem(a.region).length || (a.from < b.from ? 1 : -1));
  return fitting[0]?.amount ?? null;
}

export const standard = (policy: PlainPolicy, region: string, area: string, asOf: string): bigint | null =>
  lookUp(
    policy.standards.map((r) => ({ ...r, amount: fen(r.monthly) })),
    region,
    area,
    asOf,
  );
export const disposable = (policy: PlainPolicy, region: string, area: string, asOf: string): bigint | null =>
  lookUp(
    policy.disposableIncome.map((r) => ({ ...r, amount: fen(r.yearly) })),
    region,
    area,
    asOf,
  );

const TYPES: Record<string, string[]> = {
  tax: ['income'],
  vehicle: ['registration'],
  housing_fund: ['account'],
  business_registry: ['role'],
  civil_affairs: ['marriage', 'death', 'assistance'],
};
export const SOURCE_NAMES = Object.keys(TYPES);

/** Read literally: a load counts when it covers, is the last of its scope and type, and is not a delta before a full. */
export function sourceState(
  source: string,
  loads: readonly PlainLoad[],
  region: string,
  asOf: string,
  freshness: number | undefined,
): { state: string; asOf: string | null } {
  const newest: (string | null)[] = (TYPES[source] ?? []).map((type) => {
    const ofType = loads.filter((l) => l.source === source && l.type === type);
    const counting = ofType.filter((load, i) => {
      if (!region.startsWith(stem(load.scope))) return false;
      if (ofType.slice(i + 1).some((later) => later.scope === load.scope)) return false;
      if (load.mode === 'full') return true;
      return ofType.slice(0, i).some((earlier) => earlier.mode === 'full' && region.startsWith(stem(earlier.scope)));
    });
    const dates = counting.map((l) => l.asOf).sort();
    return dates.at(-1) ?? null;
  });
  if (newest.includes(null)) return { state: 'no_reply', asOf: null };
  const dates = newest.map(String).sort();
  const oldest = dates[0] ?? null;
  const limit = freshness === undefined ? '0000-01-01' : daysBefore(asOf, freshness);
  return { state: dates.every((d) => d >= limit) ? 'answered' : 'stale', asOf: oldest };
}
