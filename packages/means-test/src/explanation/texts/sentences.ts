import type { Bilingual } from '@hedui/contracts';

/** Every sentence of an explanation, with places for its values. */
const SENTENCES = {
  none: { zh: '无', en: 'none' },
  notGiven: { zh: '未申报', en: 'not given' },
  noRecord: { zh: '无登记', en: 'no record' },
  noLimit: { zh: '不限', en: 'no limit' },
  days: { zh: '{days}天', en: '{days} days' },
  category: {
    zh: '{category}：申报{declared}元，核实{verified}元，{taken}，计{assessed}元。',
    en: '{category}: declared {declared} yuan, verified {verified} yuan; {taken}: {assessed} yuan.',
  },
  wage: {
    zh: '{category}：申报{declared}元；核实{verified}元（逐月取税务与公积金较高者，不重复相加）；{taken}，计{assessed}元。',
    en: '{category}: declared {declared} yuan; verified {verified} yuan (month by month the higher of tax and housing fund, never both); {taken}: {assessed} yuan.',
  },
  transfer: {
    zh: '{category}：申报{declared}元，没有来源可核实，计{assessed}元。',
    en: '{category}: declared {declared} yuan; no source verifies it: {assessed} yuan.',
  },
  deduction: {
    zh: '就业成本扣除：核定工资{wage}元的{percent}%为{share}元，年上限{cap}元，{bound}，扣除{amount}元。',
    en: 'Employment cost: {percent}% of the assessed wage of {wage} yuan is {share} yuan, the yearly cap {cap} yuan; {bound} decides: {amount} yuan.',
  },
  member: {
    zh: '第{member}行：核定收入{assessed}元，扣除{deduction}元，计入{contribution}元。',
    en: 'Row {member}: assessed {assessed} yuan less {deduction} yuan counts as {contribution} yuan.',
  },
  notCounted: {
    zh: '第{member}行：{deathDate}死亡，不计入。',
    en: 'Row {member}: died on {deathDate}, not counted.',
  },
  supporterDeceased: {
    zh: '第{supporter}行义务人：{date}死亡，赡养费为零。',
    en: 'Supporter, row {supporter}: died on {date}; nothing is owed.',
  },
  supporterAgreed: {
    zh: '第{supporter}行义务人：按协议或判决，一年{amount}元。',
    en: 'Supporter, row {supporter}: {amount} yuan a year by agreement or judgment.',
  },
  supporterRecipient: {
    zh: '第{supporter}行义务人：本人正享受救助（记录{record}），赡养费为零。',
    en: 'Supporter, row {supporter}: receives assistance (record {record}); nothing is owed.',
  },
  supporterIncome: {
    zh: '第{supporter}行义务人：年收入A = {income}元（各类合计，不扣除）。',
    en: 'Supporter, row {supporter}: yearly income A = {income} yuan (all categories, nothing deducted).',
  },
  supporterLine: {
    zh: '义务人家庭线 = 12 × {size}人 × 月标准{standard}元 × {multiple}倍 = {line}元。',
    en: 'Line of the supporter’s household = 12 × {size} (persons) × {standard} yuan a month × {multiple} = {line} yuan.',
  },
  supporterExcess: {
    zh: '超出部分 = max(0, {income} − {line}) = {excess}元。',
    en: 'Above the line: max(0, {income} − {line}) = {excess} yuan.',
  },
  supporterAmount: {
    zh: '赡养费 = {excess} × {rate}% ÷ 赡养{supported}人，舍至分 = {amount}元。',
    en: 'Support = {excess} × {rate}% ÷ {supported} (persons supported), rounded down to a fen = {amount} yuan.',
  },
  annualIncome: {
    zh: '家庭年收入Y = 成员{members}元 + 赡养费{support}元 = {amount}元。',
    en: 'Yearly household income Y = members {members} yuan + support {support} yuan = {amount} yuan.',
  },
  standard: {
    zh: '低保标准B = 每月{amount}元（政策中{region}、{area}、自{from}起的一行）。',
    en: 'Standard B = {amount} yuan a month (the policy’s row for {region}, {area}, from {from}).',
  },
  disposable: {
    zh: '人均可支配收入D = 每年{amount}元（政策中{region}、{area}、自{from}起的一行）。',
    en: 'Disposable income D = {amount} yuan a year a head (the policy’s row for {region}, {area}, from {from}).',
  },
  test: {
    zh: '{test}：{value}{unit}，{relation}{limit}{unit}，距限额{margin}{unit}，{raised}。',
    en: '{test}: {value}{unit} {relation} {limit}{unit}; margin {margin}{unit}; {raised}.',
  },
  unitYuan: { zh: '元', en: ' yuan' },
  unitCount: { zh: '', en: '' },
  comparison: { zh: '{of} {value} {relation} {limit}', en: '{of} {value} {relation} {limit}' },
  whoseRow: { zh: '第{row}行', en: 'Row {row}' },
  whoseHousehold: { zh: '家庭', en: 'Household' },
  titleOfRow: { zh: '{title}（第{row}行）', en: '{title} (row {row})' },
  finding: {
    zh: '{whose}：{title}。{compared}。效力：{effect}（{origin}）。',
    en: '{whose}: {title}. {compared}. Effect: {effect} (by {origin}).',
  },
  findingBare: {
    zh: '{whose}：{title}。效力：{effect}（{origin}）。',
    en: '{whose}: {title}. Effect: {effect} (by {origin}).',
  },
  maritalAgrees: {
    zh: '第{member}行：申报：{declared}；登记：{found}；一致。',
    en: 'Row {member}: declared: {declared}; registered: {found}; they agree.',
  },
  maritalDiffers: {
    zh: '第{member}行：申报：{declared}；登记：{found}；不一致。',
    en: 'Row {member}: declared: {declared}; registered: {found}; they differ.',
  },
  maritalOneSided: {
    zh: '第{member}行：申报：{declared}；登记：{found}；无从比对。',
    en: 'Row {member}: declared: {declared}; registered: {found}; nothing to compare.',
  },
  spouseDeclared: {
    zh: '第{member}行的配偶已申报，为第{spouse}行。',
    en: 'The spouse of row {member} is declared in row {spouse}.',
  },
  spouseMissing: {
    zh: '第{member}行登记的配偶不在申报的成员之中。',
    en: 'The registered spouse of row {member} is not among the declared members.',
  },
  ownBenefitNone: { zh: '未申报本户现有待遇。', en: 'No benefit of the household’s own was declared.' },
  ownBenefitIgnored: {
    zh: '申报了本户待遇，但只有老户跟踪筛查才视为本户自己的待遇。',
    en: 'A benefit was declared; it counts as the household’s own only in a periodic review.',
  },
  ownBenefitCounts: {
    zh: '申报的待遇视为本户自己的，来源中有{found}条相符的有效记录。',
    en: 'The declared benefit counts as the household’s own; the source holds {found} active records of it.',
  },
  source: {
    zh: '{source}：{state}，数据日期{asOf}，距基准日{age}天（有效期{limit}），{required}。',
    en: '{source}: {state}; data of {asOf}, {age} days before the as-of date (limit: {limit}); {required}.',
  },
  sourceSilent: {
    zh: '{source}：{state}，{required}。未反馈不等于无记录。',
    en: '{source}: {state}; {required}. No reply does not mean that nothing was found.',
  },
  stepNobody: {
    zh: '没有成员计入，不作项目检验，须人工复核',
    en: 'no member is counted, so no test is run and a person must look',
  },
  stepNobodySilent: {
    zh: '没有成员计入，且必需来源未反馈：{sources}',
    en: 'no member is counted, and required sources have not answered: {sources}',
  },
  stepFails: { zh: '效力为“不符合”的疑点：{findings}', en: 'findings that fail the household: {findings}' },
  stepSilent: { zh: '未反馈或过期的必需来源：{sources}', en: 'required sources that have not answered: {sources}' },
  stepReview: { zh: '效力为“需复核”的疑点：{findings}', en: 'findings that need review: {findings}' },
  stepNothing: { zh: '没有其他疑点起决定作用', en: 'nothing else decides' },
  conclusion: { zh: '结论：{conclusion}。{because}。', en: 'Conclusion: {conclusion}; {because}.' },
  withoutFinding: {
    zh: '若没有以下疑点：{findings}，{would}。',
    en: 'Without these findings: {findings}; {would}.',
  },
  incomeLower: {
    zh: '若家庭年收入至少低{amount}元，{would}。',
    en: 'With a yearly income lower by at least {amount} yuan {would}.',
  },
  incomeHigher: {
    zh: '若家庭年收入高{amount}元，{would}。',
    en: 'With a yearly income higher by {amount} yuan {would}.',
  },
  expenditureHigher: {
    zh: '若刚性支出至少高{amount}元，{would}。',
    en: 'With rigid expenditure higher by at least {amount} yuan {would}.',
  },
  fundBalanceLower: {
    zh: '若公积金余额至少低{amount}元，{would}。',
    en: 'With housing-fund balances lower by at least {amount} yuan {would}.',
  },
  would: { zh: '结论将为：{conclusion}', en: 'the conclusion would be: {conclusion}' },
  wouldStill: { zh: '结论仍为：{conclusion}', en: 'the conclusion would still be: {conclusion}' },
  sourceAnswers: {
    zh: '若{sources}反馈且没有新的记录，{would}。',
    en: 'If {sources} answered with nothing new, {would}.',
  },
  tier: { zh: '低收入层次：{tier}。', en: 'Tier: {tier}.' },
  tierNext: {
    zh: '低收入层次：{tier}。下一层次{next}：{outcome}。',
    en: 'Tier: {tier}. The next one, {next}, {outcome}.',
  },
  tierOpen: { zh: '低收入层次未定：{because}。', en: 'The tier is open: {because}.' },
  tierHolds: {
    zh: '{tier}（项目：{programme}）：可以达到。',
    en: '{tier} (programme: {programme}): would be reached.',
  },
  tierFails: {
    zh: '{tier}（项目：{programme}）：达不到，因{findings}。',
    en: '{tier} (programme: {programme}): is not reached: {findings}.',
  },
  tierPassedOver: { zh: '{tier}：跳过，{because}。', en: '{tier}: passed over, {because}.' },
} as const satisfies Record<string, Bilingual>;

export type Sentence = keyof typeof SENTENCES;
type Value = string | number | Bilingual;

/** A sentence with its values filled in. A place without a value is an error: a sentence with a hole must not be sent. */
export function say(sentence: Sentence, values: Readonly<Record<string, Value>> = {}): Bilingual {
  const { zh, en } = SENTENCES[sentence];
  return { zh: filled(zh, values, 'zh'), en: filled(en, values, 'en') };
}

function filled(template: string, values: Readonly<Record<string, Value>>, language: 'zh' | 'en'): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new TypeError(`a sentence lacks its value: ${name}`);
    return typeof value === 'object' ? value[language] : String(value);
  });
}
