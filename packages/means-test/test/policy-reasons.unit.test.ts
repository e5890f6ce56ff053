import { parsePolicy } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import { samplePolicy, withProgramme } from './given.js';
import type { PlainPolicy, PlainProgramme } from './plain/world.js';

/** The errors and warnings of a document, with their whole text. */
const told = (document: PlainPolicy): string[] => {
  const parsed = parsePolicy(JSON.stringify(document), 'json');
  return (parsed.ok ? parsed.warnings : parsed.errors).map((e) => `${e.column} | ${e.rule}`);
};
const SENSELESS = '政策内容自相矛盾或无意义';
const NO_SENSE = 'the policy contradicts itself or says nothing';

describe('what a check of meaning says (README §13)', () => {
  const problem = (column: string, zh: string, en: string): string =>
    `${column} | ${SENSELESS}：${zh} / ${NO_SENSE}: ${en}`;
  const changed = (change: Partial<PlainPolicy>): PlainPolicy => ({ ...samplePolicy(), ...change });
  const tier = (entry: PlainPolicy['tiers'][number]): PlainPolicy => changed({ tiers: [entry] });
  const over = ['百分比超过 100', 'a percentage over 100'] as const;
  const twice = ['同一地区、城乡和起始日期有两行', 'two rows for the same region, area and date'] as const;
  const silent = [
    '来源未反馈或过期只作信息，由 requires 决定',
    'a silent or stale source is information; list it under requires to make it count',
  ] as const;
  const unknown = ['没有这个救助类型', 'the policy has no such programme'] as const;
  const otherArea = ['该救助类型属于另一城乡类型', 'the programme is for the other area'] as const;
  const bothForms = ['programme 与 urban、rural 只能择一', 'programme excludes urban and rural'] as const;
  const { standards, disposableIncome } = samplePolicy();

  it.each<[string, PlainPolicy, string[]]>([
    [
      'every percentage',
      changed({
        tolerance: { percent: 100.01, yearly: '0' },
        employmentCost: { percent: 101, monthlyCap: '0' },
        supporter: { standardMultiple: 150, ratePercent: 200 },
      }),
      [
        problem('tolerance.percent', ...over),
        problem('employmentCost.percent', ...over),
        problem('supporter.ratePercent', ...over),
      ],
    ],
    ['a percentage of exactly 100', changed({ tolerance: { percent: 100, yearly: '0' } }), []],
    [
      'rows that come again',
      changed({
        standards: [...standards, ...standards.slice(0, 1)],
        disposableIncome: [...disposableIncome, ...disposableIncome.slice(1)],
      }),
      [
        problem(`disposableIncome.${disposableIncome.length}`, ...twice),
        problem(`standards.${standards.length}`, ...twice),
      ],
    ],
    [
      'rows that differ in one thing only',
      changed({
        standards: [
          ...standards,
          { region: '520103', area: 'urban', from: '2026-07-01', monthly: '1' },
          { region: '520103', area: 'rural', from: '2026-07-01', monthly: '1' },
          { region: '520103', area: 'urban', from: '2026-07-02', monthly: '1' },
          { region: '520104', area: 'urban', from: '2026-07-01', monthly: '1' },
        ],
      }),
      [],
    ],
    [
      'a policy without a programme',
      changed({ programmes: {}, tiers: [] }),
      [problem('programmes', '没有救助类型', 'the policy has no programme')],
    ],
    [
      'a source that is required twice',
      withProgramme('urban_dibao', { requires: ['tax', 'vehicle', 'tax'] }),
      [problem('programmes.urban_dibao.requires.2', '来源重复', 'the source stands twice')],
    ],
    [
      'a required source without freshness',
      changed({
        freshness: { tax: 0 },
        programmes: { one: { requires: ['tax', 'vehicle'], incomeCeiling: 1 } },
        tiers: [{ code: 'one', programme: 'one' }],
      }),
      [problem('programmes.one.requires.1', '所需来源没有时效 (freshness)', 'a required source has no freshness')],
    ],
    [
      'effects of silent sources',
      { ...withProgramme('urban_dibao', { effects: { STALE_DATA: 'fails' } }), effects: { SOURCE_NO_REPLY: 'review' } },
      [problem('effects.SOURCE_NO_REPLY', ...silent), problem('programmes.urban_dibao.effects.STALE_DATA', ...silent)],
    ],
    [
      'effects of silent sources as they are',
      { ...withProgramme('urban_dibao', { effects: { STALE_DATA: 'info' } }), effects: { SOURCE_NO_REPLY: 'info' } },
      [],
    ],
    [
      'a tier called none',
      tier({ code: 'none', programme: 'urban_dibao' }),
      [problem('tiers.0.code', 'none 为保留代码', 'none is what a report says for no tier')],
    ],
    [
      'a tier of nothing',
      tier({ code: 'one' }),
      [problem('tiers.0', '档次没有指明救助类型', 'the tier names no programme')],
    ],
    [
      'a tier of both forms, urban',
      tier({ code: 'one', programme: 'dibao_margin', urban: 'urban_dibao' }),
      [problem('tiers.0', ...bothForms)],
    ],
    [
      'a tier of both forms, rural',
      tier({ code: 'one', programme: 'dibao_margin', rural: 'rural_dibao' }),
      [problem('tiers.0', ...bothForms)],
    ],
    ['a tier for one area', tier({ code: 'one', urban: 'urban_dibao' }), []],
    ['a tier for the other area', tier({ code: 'one', rural: 'rural_dibao' }), []],
    ['a tier of a programme for both areas', tier({ code: 'one', urban: 'dibao_margin', rural: 'dibao_margin' }), []],
    ['a tier of a programme for one area', tier({ code: 'one', programme: 'rural_dibao' }), []],
    [
      'a tier of unknown programmes',
      tier({ code: 'one', urban: 'a', rural: 'b' }),
      [problem('tiers.0.rural', ...unknown), problem('tiers.0.urban', ...unknown)],
    ],
    [
      'a tier of an inherited name',
      tier({ code: 'one', programme: 'constructor' }),
      [problem('tiers.0.programme', ...unknown)],
    ],
    [
      'a tier of programmes of the other area',
      tier({ code: 'one', urban: 'rural_dibao', rural: 'urban_dibao' }),
      [problem('tiers.0.rural', ...otherArea), problem('tiers.0.urban', ...otherArea)],
    ],
  ])('%s', (_what, document, expected) => {
    expect(told(document).sort()).toEqual([...expected].sort());
  });

  const programmes = (one: Partial<PlainProgramme>, change: Partial<PlainPolicy> = {}): PlainPolicy =>
    changed({ programmes: { one: { requires: [], ...one } }, tiers: [{ code: 'one', programme: 'one' }], ...change });
  const refused = (table: string, area: string): string =>
    problem(
      'programmes.one',
      `${table} 没有 ${area} 的行，该类家庭将被拒绝`,
      `${table} has no ${area} row: its ${area} households will be refused with STANDARD_MISSING`,
    );
  const noStandard = problem(
    'programmes.one.area',
    'standards 没有该城乡类型的行，该救助类型的家庭都将被拒绝',
    'standards has no row of this area: each of its households will be refused with STANDARD_MISSING',
  );
  const noDisposable = problem(
    'programmes.one.incomeCeilingDisposable',
    'disposableIncome 没有适用的行，该救助类型的家庭都将被拒绝',
    'disposableIncome has no row for it: each of its households will be refused with STANDARD_MISSING',
  );
  const urban = <R extends { area: string }>(rows: R[]): R[] => rows.filter((row) => row.area === 'urban');

  it.each<[string, PlainPolicy, string[]]>([
    [
      'no income test',
      programmes({}),
      [problem('programmes.one', '该救助类型没有收入标准', 'the programme has no income test')],
    ],
    ['a ceiling by B', programmes({ incomeCeiling: 0 }), []],
    ['a ceiling by D', programmes({ incomeCeilingDisposable: true }), []],
    [
      'a ceiling by D that is switched off',
      programmes({ incomeCeilingDisposable: false }, { disposableIncome: [] }),
      [problem('programmes.one', '该救助类型没有收入标准', 'the programme has no income test')],
    ],
    [
      'no tier',
      programmes({ incomeCeiling: 1 }, { tiers: [] }),
      [problem('tiers', '没有档次', 'the policy has no tier: every report will say none')],
    ],
    [
      'both areas, B for one',
      programmes({ incomeCeiling: 1 }, { standards: urban(standards) }),
      [refused('standards', 'rural')],
    ],
    [
      'both areas, B and D for one',
      programmes(
        { incomeCeilingDisposable: true },
        { standards: urban(standards), disposableIncome: urban(disposableIncome) },
      ),
      [refused('disposableIncome', 'rural'), refused('standards', 'rural')],
    ],
    [
      'both areas, D for one but not needed',
      programmes({ incomeCeiling: 1 }, { disposableIncome: urban(disposableIncome) }),
      [],
    ],
    [
      'one area, B for the other',
      programmes({ incomeCeiling: 1, area: 'rural' }, { standards: urban(standards) }),
      [noStandard],
    ],
    ['one area, B for it', programmes({ incomeCeiling: 1, area: 'urban' }, { standards: urban(standards) }), []],
    [
      'one area, D for the other',
      programmes({ incomeCeilingDisposable: true, area: 'rural' }, { disposableIncome: urban(disposableIncome) }),
      [noDisposable],
    ],
    ['both areas, no D', programmes({ incomeCeilingDisposable: true }, { disposableIncome: [] }), [noDisposable]],
  ])('warns, or not: %s', (_what, document, expected) => {
    expect(told(document).sort()).toEqual([...expected].sort());
  });
});
