import type { Explanation } from '../http/explanation.js';
import type { Bilingual } from '../http/explanation-arithmetic.js';

type Category = Explanation['arithmetic']['members'][number]['income']['operating'];
const nothing = (text: Bilingual): Category => ({
  declared: '0.00',
  verified: '0.00',
  assessed: '0.00',
  taken: 'equal',
  tolerance: {
    gap: '0.00',
    percent: '10.00',
    share: '0.00',
    yearly: '1000.00',
    limit: '1000.00',
    exceeded: false,
    source: 'tax',
  },
  months: [],
  text,
});

/** An explanation as the rules give it for an invented household, its lists cut short. Long, for it is one whole document. */
export const EXPLANATION_EXAMPLE: Explanation = {
  policy: { id: 'guiyang-2026', version: 1 },
  programme: 'urban_dibao',
  verificationType: 'new_application',
  region: '520102',
  area: 'urban',
  asOf: '2026-11-15',
  arithmetic: {
    window: { from: '2025-11', to: '2026-10' },
    standard: {
      amount: '735.00',
      region: '520100',
      area: 'urban',
      from: '2026-01-01',
      text: {
        zh: '低保标准B = 每月735.00元（政策中520100、城市、自2026-01-01起的一行）。',
        en: 'Standard B = 735.00 yuan a month (the policy’s row for 520100, urban, from 2026-01-01).',
      },
    },
    disposable: {
      amount: '46000.00',
      region: '520100',
      area: 'urban',
      from: '2026-01-01',
      text: {
        zh: '人均可支配收入D = 每年46000.00元（政策中520100、城市、自2026-01-01起的一行）。',
        en: 'Disposable income D = 46000.00 yuan a year a head (the policy’s row for 520100, urban, from 2026-01-01).',
      },
    },
    members: [
      {
        member: 1,
        income: {
          wage: {
            declared: '36000.00',
            verified: '50400.00',
            assessed: '50400.00',
            taken: 'verified',
            tolerance: {
              gap: '14400.00',
              percent: '10.00',
              share: '3600.00',
              yearly: '1000.00',
              limit: '3600.00',
              exceeded: true,
              source: 'tax',
            },
            text: {
              zh: '工资性收入：申报36000.00元；核实50400.00元（逐月取税务与公积金较高者，不重复相加）；取核实，计50400.00元。',
              en: 'wage: declared 36000.00 yuan; verified 50400.00 yuan (month by month the higher of tax and housing fund, never both); verified is taken: 50400.00 yuan.',
            },
            months: [{ month: '2025-11', tax: '4200.00', fund: '0.00', taken: 'tax', amount: '4200.00' }],
          },
          operating: nothing({
            zh: '经营净收入：申报0.00元，核实0.00元，两者相同，计0.00元。',
            en: 'operating income: declared 0.00 yuan, verified 0.00 yuan; both are the same: 0.00 yuan.',
          }),
          property: nothing({
            zh: '财产净收入：申报0.00元，核实0.00元，两者相同，计0.00元。',
            en: 'property income: declared 0.00 yuan, verified 0.00 yuan; both are the same: 0.00 yuan.',
          }),
          transfer: nothing({
            zh: '转移净收入：申报0.00元，没有来源可核实，计0.00元。',
            en: 'transfer income: declared 0.00 yuan; no source verifies it: 0.00 yuan.',
          }),
          other: nothing({
            zh: '其他收入：申报0.00元，核实0.00元，两者相同，计0.00元。',
            en: 'other income: declared 0.00 yuan, verified 0.00 yuan; both are the same: 0.00 yuan.',
          }),
        },
        assessed: '50400.00',
        deduction: {
          percent: '0.00',
          share: '0.00',
          cap: '0.00',
          bound: 'percent',
          amount: '0.00',
          text: {
            zh: '就业成本扣除：核定工资50400.00元的0.00%为0.00元，年上限0.00元，按比例，扣除0.00元。',
            en: 'Employment cost: 0.00% of the assessed wage of 50400.00 yuan is 0.00 yuan, the yearly cap 0.00 yuan; the percentage decides: 0.00 yuan.',
          },
        },
        contribution: '50400.00',
        rigidExpenditure: '0.00',
        text: {
          zh: '第1行：核定收入50400.00元，扣除0.00元，计入50400.00元。',
          en: 'Row 1: assessed 50400.00 yuan less 0.00 yuan counts as 50400.00 yuan.',
        },
      },
    ],
    notCounted: [],
    countedMembers: 1,
    supporters: [],
    annualIncome: {
      members: '50400.00',
      support: '0.00',
      amount: '50400.00',
      text: {
        zh: '家庭年收入Y = 成员50400.00元 + 赡养费0.00元 = 50400.00元。',
        en: 'Yearly household income Y = members 50400.00 yuan + support 0.00 yuan = 50400.00 yuan.',
      },
    },
    expenditure: '0.00',
    perCapitaMonthly: '4200.00',
    tests: [
      {
        test: 'vehicles',
        relation: 'at_most',
        codes: ['VEHICLE_OWNED'],
        raised: true,
        key: '0',
        value: '1',
        limit: '0',
        margin: '-1',
        text: {
          zh: '机动车数量：1，不得高于0，距限额-1，未通过。',
          en: 'number of vehicles: 1 must be at most 0; margin -1; not passed.',
        },
      },
    ],
  },
  findings: [
    {
      code: 'VEHICLE_OWNED',
      effect: 'fails',
      member: 1,
      source: 'vehicle',
      recordId: 'V-1',
      detail: { plateType: '02', status: 'A', registeredOn: '2020-01-01', counted: 1, allowed: 0 },
      title: { zh: '名下机动车', en: 'Vehicle owned' },
      effectFrom: 'default',
      record: {
        type: 'registration',
        plateType: '02',
        useNature: 'A',
        status: 'A',
        registeredOn: '2020-01-01',
        disposedOn: null,
      },
      comparisons: [{ of: 'vehicles', value: '1', relation: '>', limit: '0' }],
      rule: {
        zh: '家庭在核对基准日名下计入的机动车多于该救助项目允许的数量；每辆各列一条。',
        en: 'On the as-of date the household owns more counted vehicles than the programme allows; one finding for each of them.',
      },
      clearedBy: {
        who: 'family',
        text: {
          zh: '机动车转移登记证明、注销证明或报废回收证明。',
          en: 'The vehicle transfer certificate (机动车转移登记证明), or the certificate of deregistration or scrapping.',
        },
      },
      text: {
        zh: '第1行：名下机动车。计入的机动车 1 > 0。效力：不符合（系统默认）。',
        en: 'Row 1: Vehicle owned. vehicles counted 1 > 0. Effect: fails the household (by the default).',
      },
    },
  ],
  declared: {
    members: [
      {
        member: 1,
        income: [{ category: 'wage', declared: '36000.00', found: '50400.00', gap: '14400.00' }],
        marital: {
          declared: null,
          found: null,
          eventDate: null,
          recordId: null,
          agrees: null,
          text: {
            zh: '第1行：申报：未申报；登记：无登记；无从比对。',
            en: 'Row 1: declared: not given; registered: no record; nothing to compare.',
          },
        },
        spouse: null,
      },
    ],
    ownBenefit: {
      declared: false,
      counts: false,
      found: [],
      text: { zh: '未申报本户现有待遇。', en: 'No benefit of the household’s own was declared.' },
    },
  },
  sources: [
    {
      source: 'tax',
      required: true,
      state: 'answered',
      asOf: '2026-11-10',
      ageDays: 5,
      freshnessDays: 45,
      loading: false,
      text: {
        zh: '税务：已反馈，数据日期2026-11-10，距基准日5天（有效期45天），必需。',
        en: 'tax: answered; data of 2026-11-10, 5 days before the as-of date (limit: 45 days); required.',
      },
    },
  ],
  conclusion: {
    conclusion: 'does_not_meet',
    decidedBy: 'failing_finding',
    steps: [
      {
        step: 1,
        conclusion: 'does_not_meet',
        applies: true,
        findings: [0],
        sources: [],
        text: { zh: '效力为“不符合”的疑点：名下机动车', en: 'findings that fail the household: Vehicle owned' },
        decides: true,
      },
      {
        step: 2,
        conclusion: 'incomplete',
        applies: false,
        findings: [],
        sources: [],
        text: { zh: '未反馈或过期的必需来源：无', en: 'required sources that have not answered: none' },
        decides: false,
      },
      {
        step: 3,
        conclusion: 'needs_review',
        applies: true,
        findings: [0],
        sources: [],
        text: { zh: '效力为“需复核”的疑点：收入少报', en: 'findings that need review: Income declared too low' },
        decides: false,
      },
      {
        step: 4,
        conclusion: 'meets',
        applies: true,
        findings: [],
        sources: [],
        text: { zh: '没有其他疑点起决定作用', en: 'nothing else decides' },
        decides: false,
      },
    ],
    counterfactuals: [
      {
        kind: 'without_finding',
        findings: [0],
        sources: [],
        amount: null,
        conclusion: 'needs_review',
        tier: 'dibao',
        differs: true,
        text: {
          zh: '若没有以下疑点：名下机动车（第1行），结论将为：需复核。',
          en: 'Without these findings: Vehicle owned (row 1); the conclusion would be: needs review.',
        },
      },
    ],
    text: {
      zh: '结论：不符合。效力为“不符合”的疑点：名下机动车。',
      en: 'Conclusion: does not meet; findings that fail the household: Vehicle owned.',
    },
  },
  tier: {
    result: 'none',
    nullBecause: null,
    entries: [
      {
        tier: 'dibao',
        programme: 'urban_dibao',
        outcome: 'fails',
        passedOver: null,
        findings: [
          { code: 'VEHICLE_OWNED', effect: 'fails', effectFrom: 'default', by: 'test' },
          { code: 'INCOME_UNDERDECLARED', effect: 'review', effectFrom: 'default', by: 'records' },
        ],
        tests: [],
        text: {
          zh: '低保（项目：城市低保）：达不到，因名下机动车。',
          en: 'dibao (programme: urban dibao): is not reached: Vehicle owned.',
        },
      },
    ],
    next: null,
    text: { zh: '低收入层次：不属于任何低收入层次。', en: 'Tier: no low-income tier.' },
  },
};
