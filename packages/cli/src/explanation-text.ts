import type { Bilingual, ExplainedMember, ExplainedSupporter, ReportExplanation } from '@hedui/contracts';

/** Languages of an explanation's sentences: Chinese, English, or one line of each. */
export const LANGUAGES = ['zh', 'en', 'both'] as const;
export type Language = (typeof LANGUAGES)[number];

type Line = { depth: number; text: Bilingual };

/** An explanation as people read it: who, how much, what was found, why this conclusion, and what would change it. */
export function explanationText(explanation: ReportExplanation, language: Language): string {
  const { arithmetic, findings, declared, sources, conclusion, tier } = explanation;
  const lines: Line[] = [
    heading('结论', 'Conclusion'),
    at(1, conclusion.text),
    at(1, tier.text),
    heading('收入计算', 'Income'),
    at(1, arithmetic.standard.text),
    ...(arithmetic.disposable ? [at(1, arithmetic.disposable.text)] : []),
    ...arithmetic.members.flatMap(memberLines),
    ...arithmetic.notCounted.map(({ text }) => at(1, text)),
    ...arithmetic.supporters.flatMap(supporterLines),
    at(1, arithmetic.annualIncome.text),
    ...arithmetic.tests.map(({ text }) => at(1, text)),
    heading('核对发现', 'Findings'),
    ...findings.flatMap(({ text, rule, clearedBy, recordId }) => [
      at(1, text),
      at(2, rule),
      ...(recordId === null ? [] : [at(2, { zh: `记录：${recordId}`, en: `Record: ${recordId}` })]),
      at(2, { zh: `如何消除：${clearedBy.text.zh}`, en: `Cleared by: ${clearedBy.text.en}` }),
    ]),
    ...declared.members.flatMap(({ marital, spouse }) => [
      at(1, marital.text),
      ...(spouse ? [at(1, spouse.text)] : []),
    ]),
    at(1, declared.ownBenefit.text),
    heading('数据来源', 'Sources'),
    ...sources.map(({ text }) => at(1, text)),
    heading('结论的步骤', 'Steps to the conclusion'),
    ...conclusion.steps.filter(({ applies }) => applies).map(({ text }) => at(1, text)),
    heading('如果……', 'What if'),
    ...conclusion.counterfactuals.map(({ text }) => at(1, text)),
    heading('低收入类别', 'Tiers'),
    ...tier.entries.map(({ text }) => at(1, text)),
  ];
  return [head(explanation), ...lines.flatMap(({ depth, text }) => said(text, language).map(indent(depth)))].join('\n');
}

function head({
  reportNo,
  programme,
  verificationType,
  policy,
  asOf,
  digest,
  agrees,
  persons,
}: ReportExplanation): string {
  return [
    `report ${reportNo}  ${programme}, ${verificationType}, as of ${asOf}, policy ${policy.id}@${policy.version}`,
    `digest ${digest}`,
    ...(agrees ? [] : ['the present rules give another report than this one: see `hedui report replay`']),
    ...persons.map((p) => `  ${p.row} ${p.relation} ${p.name} ${p.idNumber}`),
  ].join('\n');
}

function memberLines({ income, deduction, text }: ExplainedMember): Line[] {
  const told = Object.values(income).filter((line) => line.declared !== '0.00' || line.verified !== '0.00');
  return [at(1, text), ...told.map((line) => at(2, line.text)), at(2, deduction.text)];
}

function supporterLines({ supporter, amount, steps }: ExplainedSupporter): Line[] {
  const title = {
    zh: `第${supporter}行（赡养人）：每年${amount}元`,
    en: `Row ${supporter} (supporter): ${amount} yuan a year`,
  };
  return [at(1, title), ...steps.map((step) => at(2, step))];
}

const at = (depth: number, text: Bilingual): Line => ({ depth, text });
const heading = (zh: string, en: string): Line => at(0, { zh, en });
const indent = (depth: number) => (line: string) => `${'  '.repeat(depth)}${line}`;
const said = (text: Bilingual, language: Language): string[] =>
  language === 'both' ? [...new Set([text.zh, text.en])] : [text[language]];
