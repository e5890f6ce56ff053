import type { PolicyChange } from '@hedui/contracts';
import { LIST_SEPARATOR } from './entries.js';

interface Words {
  zh: string;
  en: string;
}

/** What the keys of a policy mean (README §13): for a programme's keys, without its code. */
const LABELS: Readonly<Record<string, Words>> = {
  id: { zh: '政策编号', en: 'policy id' },
  version: { zh: '版本', en: 'version' },
  'title.zh': { zh: '中文名称', en: 'Chinese title' },
  'title.en': { zh: '英文名称', en: 'English title' },
  effectiveFrom: { zh: '生效日期', en: 'effective date' },
  'tolerance.percent': { zh: '少报收入容差（%）', en: 'tolerance of underdeclared income (%)' },
  'tolerance.yearly': { zh: '少报收入容差（元/年）', en: 'tolerance of underdeclared income (yuan a year)' },
  'employmentCost.percent': { zh: '就业成本扣除比例（%）', en: 'deduction for the cost of employment (%)' },
  'employmentCost.monthlyCap': {
    zh: '就业成本扣除上限（元/月）',
    en: 'limit of the deduction for employment (yuan a month)',
  },
  'supporter.standardMultiple': {
    zh: '赡养、抚养、扶养义务人保留的标准倍数',
    en: 'what a supporter keeps, as a multiple of the standard',
  },
  'supporter.ratePercent': { zh: '赡养费计入比例（%）', en: "share of a supporter's income above that (%)" },
  recentMonths: { zh: '“近期”的月数', en: 'months that count as recent' },
  loanRepayment: { zh: '公积金贷款月还款限额（元）', en: 'limit of a housing-fund loan repayment (yuan a month)' },
  'vehicles.exemptPlateTypes': { zh: '豁免的号牌种类', en: 'exempt plate types' },
  'vehicles.goneStatus': { zh: '视为已不在名下的车辆状态', en: 'vehicle statuses that mean not owned' },
  exclusiveProgrammes: { zh: '不得重复享受的救助类型', en: 'programmes that exclude each other' },
  area: { zh: '适用城乡', en: 'area' },
  incomeCeiling: { zh: '收入上限（标准的倍数）', en: 'income ceiling (multiple of the standard)' },
  incomeCeilingDisposable: { zh: '以人均可支配收入为收入上限', en: 'income ceiling by disposable income' },
  expenditureTest: { zh: '刚性支出检验', en: 'expenditure test' },
  maxVehicles: { zh: '机动车数量上限', en: 'vehicles allowed' },
  fundBalanceMonths: {
    zh: '公积金余额上限（标准的月数）',
    en: 'limit of the housing-fund balance (months of the standard)',
  },
  investorCapital: { zh: '认缴出资上限（元）', en: 'limit of subscribed capital (yuan)' },
  requires: { zh: '必须反馈的来源', en: 'required sources' },
  tiers: { zh: '档次及其次序', en: 'tiers in their order' },
};
const LISTS = new Set(['vehicles.exemptPlateTypes', 'vehicles.goneStatus', 'exclusiveProgrammes', 'requires']);

/** One sentence in each language on a change of a policy; it never holds more than the policy says. */
export function changeSentence(
  kind: PolicyChange['kind'],
  { key, before, after }: Pick<PolicyChange, 'key' | 'before' | 'after'>,
): Words {
  const { zh, en, meaning } = label(key);
  if (kind === 'changed' && LISTS.has(meaning)) return listSentence({ zh, en }, before ?? '', after ?? '');
  const [was, is] = [shown(before), shown(after)];
  if (kind === 'added') return { zh: `新增${zh}：${is.zh}`, en: `${en} added: ${is.en}` };
  if (kind === 'removed') return { zh: `取消${zh}（原为${was.zh}）`, en: `${en} removed (was ${was.en})` };
  return { zh: `${zh}由${was.zh}改为${is.zh}`, en: `${en} changed from ${was.en} to ${is.en}` };
}

function shown(text: string | null): Words {
  return text ? { zh: text, en: text } : { zh: '空', en: 'nothing' };
}

function listSentence({ zh, en }: Words, before: string, after: string): Words {
  const [was, is] = [before, after].map((text) => text.split(LIST_SEPARATOR).filter(Boolean));
  const more = (is ?? []).filter((item) => !was?.includes(item)).join(LIST_SEPARATOR);
  const less = (was ?? []).filter((item) => !is?.includes(item)).join(LIST_SEPARATOR);
  return {
    zh: `${zh}：${[more && `增加 ${more}`, less && `去掉 ${less}`].filter(Boolean).join('，')}`,
    en: `${en}: ${[more && `with ${more}`, less && `without ${less}`].filter(Boolean).join(', ')}`,
  };
}

/** What the key is called, and the key of LABELS that says what it means. */
function label(key: string): Words & { meaning: string } {
  const [first = '', second = '', third = '', fourth = ''] = key.split('.');
  if (first === 'standards' || first === 'disposableIncome') {
    const zh = `${third === 'urban' ? '城镇' : '农村'}${first === 'standards' ? '保障标准（元/月）' : '人均可支配收入（元/年）'}`;
    const en = first === 'standards' ? 'standard (yuan a month)' : 'disposable income a head (yuan a year)';
    return { zh: `${second} 自 ${fourth} 起的${zh}`, en: `${third} ${en} of ${second} from ${fourth}`, meaning: first };
  }
  if (first === 'freshness')
    return { zh: `来源 ${second} 的时效（天）`, en: `days that ${second} stays fresh`, meaning: first };
  if (first === 'effects') return { zh: `疑点 ${second} 的效力`, en: `effect of ${second}`, meaning: first };
  if (first === 'programmes') {
    const of = third === 'effects' ? label(`effects.${fourth}`) : { ...known(third), meaning: third };
    return { zh: `救助类型 ${second} 的${of.zh}`, en: `${second}: ${of.en}`, meaning: of.meaning };
  }
  if (first === 'tiers' && second !== '') {
    const area = { urban: ['城镇', 'urban '], rural: ['农村', 'rural '] }[third] ?? ['', ''];
    return { zh: `档次 ${second} 的${area[0]}救助类型`, en: `${area[1]}programme of tier ${second}`, meaning: 'tier' };
  }
  return { ...known(key), meaning: key };
}

function known(key: string): Words {
  return LABELS[key] ?? { zh: key, en: key };
}
