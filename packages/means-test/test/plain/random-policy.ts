import { FINDING_DEFAULTS } from '@hedui/contracts';
import { SOURCE_NAMES } from './arithmetic.js';
import { chance, int, pick, type Random } from './random.js';
import type { PlainPolicy, PlainProgramme } from './world.js';

const yuan = (random: Random, low: number, high: number): string => {
  const value = int(random, low * 100, high * 100);
  return `${Math.floor(value / 100)}.${String(value % 100).padStart(2, '0')}`;
};

function effects(random: Random): Record<string, string> {
  const result: Record<string, string> = {};
  for (const code of Object.keys(FINDING_DEFAULTS)) {
    if (code === 'SOURCE_NO_REPLY' || code === 'STALE_DATA' || !chance(random, 0.12)) continue;
    result[code] = pick(random, ['fails', 'review', 'info']);
  }
  return result;
}

function programme(random: Random, area?: 'urban' | 'rural'): PlainProgramme {
  const maybe = <K extends keyof PlainProgramme>(key: K, value: PlainProgramme[K], p = 0.8): Partial<PlainProgramme> =>
    chance(random, p) ? { [key]: value } : {};
  return {
    ...(area === undefined ? {} : { area }),
    ...maybe('incomeCeiling', pick(random, [1, 1.5, 2, 1.25, 0.33, 4]), 0.9),
    ...maybe('incomeCeilingDisposable', chance(random, 0.8), 0.3),
    ...maybe('expenditureTest', chance(random, 0.8), 0.4),
    ...maybe('maxVehicles', int(random, 0, 2)),
    ...maybe('fundBalanceMonths', pick(random, [24, 36, 0, 1.5, 0.01])),
    ...maybe('investorCapital', pick(random, ['0.00', '30000.00', '100000.00'])),
    requires: SOURCE_NAMES.filter(() => chance(random, 0.6)),
    ...maybe('effects', effects(random), 0.5),
  };
}

/** A policy that means something: every key has its form, and the area of a tier is that of its programme. */
export function randomPolicy(random: Random): PlainPolicy {
  const row = (region: string, area: string, from: string) => ({ region, area, from });
  const D: PlainPolicy['disposableIncome'] = [
    { ...row('520100', 'urban', '2026-01-01'), yearly: yuan(random, 20_000, 50_000) },
    { ...row('520000', 'rural', '2025-01-01'), yearly: yuan(random, 10_000, 22_000) },
    { ...row('520000', 'urban', '2025-01-01'), yearly: yuan(random, 10_000, 22_000) },
  ];
  return {
    id: 'random',
    version: 1,
    effectiveFrom: '2025-01-01',
    standards: [
      { ...row('520000', 'urban', '2020-01-01'), monthly: yuan(random, 500, 800) },
      { ...row('520000', 'rural', '2020-01-01'), monthly: yuan(random, 300, 600) },
      { ...row('520100', 'urban', '2026-07-01'), monthly: yuan(random, 500, 800) },
      { ...row('520100', 'urban', '2026-01-01'), monthly: yuan(random, 500, 800) },
      { ...row('520102', 'urban', '2026-11-15'), monthly: yuan(random, 500, 800) },
      { ...row('520102001', 'rural', '2026-11-15'), monthly: yuan(random, 300, 600) },
    ],
    disposableIncome: D,
    freshness: Object.fromEntries(SOURCE_NAMES.map((s) => [s, int(random, 0, 45)])),
    tolerance: { percent: pick(random, [10, 0, 12.5, 33.33]), yearly: pick(random, ['1000.00', '0.00', '0.01']) },
    employmentCost: {
      percent: pick(random, [20, 0, 33.33, 100]),
      monthlyCap: pick(random, ['300.00', '0.00', '99999.00']),
    },
    supporter: { standardMultiple: pick(random, [1.5, 1, 0, 2.25]), ratePercent: pick(random, [50, 33.33, 100]) },
    recentMonths: pick(random, [12, 12, 1, 0, 6]),
    ...(chance(random, 0.8) ? { loanRepayment: '1500.00' } : {}),
    vehicles: { exemptPlateTypes: ['07', '11'], goneStatus: pick(random, [['C', 'E', 'M'], [], ['A']]) },
    exclusiveProgrammes: pick(random, [['urban_dibao', 'rural_dibao', 'tekun'], ['urban_dibao'], []]),
    ...(chance(random, 0.7) ? { effects: effects(random) } : {}),
    programmes: {
      urban_dibao: programme(random, 'urban'),
      rural_dibao: programme(random, 'rural'),
      dibao_margin: programme(random),
      rigid_expenditure: programme(random),
    },
    tiers: pick(random, [
      [
        { urban: 'urban_dibao', rural: 'rural_dibao', code: 'dibao' },
        { programme: 'dibao_margin', code: 'margin' },
        { programme: 'rigid_expenditure', code: 'rigid' },
      ],
      [
        { programme: 'rural_dibao', code: 'dibao' },
        { urban: 'dibao_margin', code: 'margin' },
      ],
      [],
    ]),
  };
}
