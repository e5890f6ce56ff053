import { FINDING_CODES, FINDING_TITLES, reportSchema } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import type { Language } from '../src/document.js';
import { cssString } from '../src/html/escape.js';
import { renderCitizenLetterHtml, renderReportHtml } from '../src/index.js';
import { documentOf, everyCode, finding, longReport, reportWith } from './given.js';

const languages: readonly Language[] = ['zh', 'en', 'both'];
const hostile = `"><script>alert(1)</script><img src=x onerror='a()'>&\u202e\u0000{name}</style>`;

/** What a reader sees: no style, no tags. */
const visible = (html: string): string =>
  html
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<meta[^>]*>/g, '')
    .replace(/<[^>]+>/g, '\n');

const silentReport = () =>
  reportWith({
    conclusion: 'incomplete',
    tier: null,
    findings: ['tax', 'vehicle'].map((source) => finding('SOURCE_NO_REPLY', { source, detail: { asOf: null } })),
    sources: ['tax', 'vehicle'].map((source) => ({ source, state: 'no_reply' as const, asOf: null })),
  });

describe('a report as HTML', () => {
  it.each(languages)('escapes hostile texts everywhere (%s)', (language) => {
    const report = reportWith();
    const evil = documentOf(
      {
        ...report,
        reportNo: hostile,
        householdRef: hostile,
        programme: hostile,
        region: hostile,
        tier: hostile,
        policy: { id: hostile, version: 1, digest: hostile },
        persons: report.persons.map((person) => ({ ...person, name: hostile, idNumber: hostile })),
        findings: [finding('VEHICLE_OWNED', { source: hostile, recordId: hostile, detail: { [hostile]: hostile } })],
        sources: [{ source: hostile, state: 'answered', asOf: hostile }],
      },
      {
        centre: { zh: hostile, en: hostile, address: hostile, telephone: hostile },
        policyTitle: { zh: hostile, en: hostile },
        programmeTitle: { zh: hostile, en: hostile },
        paperFor: () => ({ zh: hostile, en: hostile }),
      },
    );
    for (const html of [renderReportHtml(evil, { language }), renderCitizenLetterHtml(evil, { language })]) {
      expect(html).not.toMatch(/<script|<img/i);
      expect(html.match(/<\/style>/g)).toHaveLength(1);
      expect(html).not.toContain('\u202e');
      expect(html).not.toContain('\u0000');
      expect(html).toContain('&lt;script&gt;');
    }
  });

  it('fetches nothing and runs nothing', () => {
    const html = renderReportHtml(documentOf(), { language: 'both' });
    expect(html).not.toMatch(/<(script|link|iframe|img|object|embed)|url\(|@import|https?:/i);
    expect(html).toContain("default-src 'none'");
  });

  it('ends a CSS string nowhere but at its end', () => {
    expect(cssString('a"\\</style>\n')).toBe('"a\\22 \\5c \\3c \\2f style\\3e \\a "');
  });

  it('gives every finding code its title in both languages', () => {
    expect(Object.keys(FINDING_TITLES).sort()).toEqual([...FINDING_CODES].sort());
    const zh = visible(renderReportHtml(documentOf(everyCode()), { language: 'zh' }));
    const en = renderReportHtml(documentOf(everyCode()), { language: 'en' });
    for (const code of FINDING_CODES) {
      const title = FINDING_TITLES[code];
      expect(title.zh).toMatch(/^\p{Script=Han}+$/u);
      expect(title.en).toMatch(/^[A-Z][\x20-\x7e’]+$/);
      expect(zh).toContain(title.zh);
      expect(zh).toContain(code);
      expect(en).toContain(title.en);
    }
  });

  it.each(['zh', 'both'] as const)('never says 无 or nothing found of a source that is silent (%s)', (language) => {
    for (const render of [renderReportHtml, renderCitizenLetterHtml]) {
      const text = visible(render(documentOf(silentReport()), { language }));
      expect(text).not.toContain('无');
      expect(text).not.toContain('未发现');
    }
    const text = visible(renderReportHtml(documentOf(silentReport()), { language }));
    expect(text.match(/未反馈，情况不明/g)).toHaveLength(2);
  });

  it('says that nothing was found only of a source that answered', () => {
    const report = reportWith({
      findings: [],
      sources: [
        { source: 'tax', state: 'answered', asOf: '2026-11-10' },
        { source: 'vehicle', state: 'stale', asOf: '2026-08-01' },
      ],
    });
    const text = visible(renderReportHtml(documentOf(report), { language: 'zh' }));
    expect(text.match(/已反馈，未发现疑点/g)).toHaveLength(1);
    expect(text).toContain('数据过期，不能作为最新情况的依据');
  });

  it('tells figures, statement, validity, objection, print count and policy', () => {
    const text = visible(
      renderReportHtml(documentOf(reportWith(), { printCount: 3, validMonths: 3 }), { language: 'zh' }),
    );
    const told = [
      '居民家庭经济状况核对报告',
      '2026年11月16日 09:30',
      '3 个月，至2027年2月16日',
      '第 3 次',
      '1,717.10 元',
      '本报告仅供本地区社会救助审核使用。',
      '5 日内',
      '示例市居民家庭经济状况核对中心',
      'sample-city',
      '9f2c'.repeat(16),
      '收入类别：工资性；申报：12,000.00 元；核实：48,000.00 元；容差：1,200.00 元',
      '车辆状态：违法未处理、逾期未检验',
      '出具报告时数据正在更新',
      '须人工核实',
      'ABC********1234',
    ];
    for (const piece of told) expect(text).toContain(piece);
  });

  it('prints one language where one is asked for', () => {
    const en = visible(
      renderReportHtml(documentOf(reportWith({ persons: [] }), { centre: { zh: '中心', en: 'Centre' } }), {
        language: 'en',
      }),
    );
    expect(en).not.toMatch(/\p{Script=Han}/u);
    const both = visible(renderReportHtml(documentOf(), { language: 'both' }));
    expect(both).toContain('核对结论：不符合条件');
    expect(both).toContain('Conclusion: Does not meet the conditions');
  });

  it('is built of reports that hold to the contract', () => {
    for (const report of [reportWith(), longReport(), everyCode()])
      expect(reportSchema.safeParse(report).success).toBe(true);
  });
});

describe('the letter to the citizen', () => {
  const paperFor = (code: string) =>
    code === 'VEHICLE_OWNED' ? { zh: '机动车转移登记证明', en: 'transfer certificate' } : undefined;

  it.each(languages)('holds no code of any kind (%s)', (language) => {
    for (const report of [reportWith(), longReport(), everyCode()]) {
      const text = visible(renderCitizenLetterHtml(documentOf(report, { paperFor }), { language }));
      for (const code of FINDING_CODES) expect(text).not.toContain(code);
      expect(text).not.toMatch(/\b[a-z]+_[a-z]+\b/);
      expect(text).not.toContain('sample-city');
    }
  });

  it('tells what matters once a kind, whom it concerns, and what clears it', () => {
    const text = visible(renderCitizenLetterHtml(documentOf(reportWith(), { paperFor }), { language: 'zh' }));
    expect(text).toContain('家人名下登记有机动车，超过了该项救助允许的数量。');
    expect(text.match(/可以解决的材料或办法：机动车转移登记证明/g)).toHaveLength(1);
    expect(text).toContain('死亡日期：2026-03-02');
    expect(text).not.toContain('公积金在缴');
    expect(text).toContain('5 日内');
    expect(text).toContain('示例市示例区示例路 1 号 2 楼 3 号窗口');
    expect(text).toContain('0000-12345678');
  });

  it('leaves out a list of findings when none matters', () => {
    const text = visible(
      renderCitizenLetterHtml(documentOf(reportWith({ findings: [], conclusion: 'meets' })), { language: 'zh' }),
    );
    expect(text).not.toContain('需要您了解的情况');
    expect(text).toContain('符合该项救助的经济条件');
  });
});
