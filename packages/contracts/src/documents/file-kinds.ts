import {
  AREAS,
  ID_TYPES,
  MARITAL_STATUSES,
  RELATIONS,
  type SourceName,
  TAX_ITEMS,
  VERIFICATION_TYPES,
} from '../registry.js';

/** One column of an exchange file, for people: names and codes are normative, the checks are where files are read. */
export interface FileColumn {
  name: string;
  required?: true;
  /** Form and meaning. */
  form: string;
}

export interface FileKind {
  /** `tax/income`, `households`: what stands in the path of a load, or the batch file. */
  kind: string;
  source: SourceName | null;
  recordType: string | null;
  title: { zh: string; en: string };
  note?: string;
  columns: readonly FileColumn[];
  /** A header and one row, with an invented person. */
  example: string;
}

const oneOf = (values: readonly string[]) => values.map((value) => `\`${value}\``).join(' ');
const must = (name: string, form: string): FileColumn => ({ name, required: true, form });
const may = (name: string, form: string): FileColumn => ({ name, form });

const MONEY = '元 / yuan, at most two decimals, no separators, not negative';
const DATE = 'YYYY-MM-DD';
const MONTH = 'YYYY-MM';
const recordId = must(
  'record_id',
  '来源内唯一 / unique within source and record type; a later row replaces the earlier one',
);
const idType = (name = 'id_type') => may(name, `${oneOf(ID_TYPES)}; blank: \`resident_id\``);
const person = [idType(), must('id_number', '证件号码 / document number'), must('name', '姓名 / name')];

const file = (
  source: SourceName,
  recordType: string,
  title: FileKind['title'],
  columns: readonly FileColumn[],
  example: string,
  note?: string,
): FileKind => ({
  kind: `${source}/${recordType}`,
  source,
  recordType,
  title,
  columns: [recordId, ...columns],
  example,
  ...(note === undefined ? {} : { note }),
});

const SOURCE_FILES: readonly FileKind[] = [
  file(
    'tax',
    'income',
    { zh: '个人所得税收入', en: 'Income of the tax office' },
    [
      ...person,
      must('period', MONTH),
      must('income_item', oneOf(TAX_ITEMS)),
      must('gross_amount', MONEY),
      may('tax_paid', MONEY),
      may('payer_name', '扣缴义务人 / who paid'),
      may('payer_code', '统一社会信用代码 / credit code'),
      may('filed_on', DATE),
    ],
    'record_id,id_number,name,period,income_item,gross_amount\nT-1,520000196203180013,测试甲,2026-10,wages,4200.00\n',
  ),
  file(
    'vehicle',
    'registration',
    { zh: '机动车登记', en: 'Vehicle registrations' },
    [
      ...person,
      must('plate_no', '号牌号码 / plate'),
      must('plate_type', '号牌种类 / two digits'),
      may('brand_model', '品牌型号 / make and model'),
      may('use_nature', '使用性质 / one letter'),
      must('status', '机动车状态 / one or more letters'),
      must('registered_on', DATE),
      may('disposed_on', DATE),
      may('assessed_value', MONEY),
    ],
    'record_id,id_number,name,plate_no,plate_type,status,registered_on\nV-1,520000196203180013,测试甲,贵A00000,02,A,2021-03-01\n',
  ),
  file(
    'housing_fund',
    'account',
    { zh: '住房公积金账户', en: 'Housing provident fund accounts' },
    [
      ...person,
      must('account_no', '个人账号 / account'),
      may('employer_name', '单位名称 / employer'),
      may('employer_code', '统一社会信用代码 / credit code'),
      must('opened_on', DATE),
      must('wage_base', `缴存基数 / per month, ${MONEY}`),
      may('monthly_deposit', MONEY),
      may('paid_through', MONTH),
      must('balance', MONEY),
      must('status', oneOf(['01', '02', '03', '04', '05', '06', '99'])),
      may('loan_monthly_repayment', MONEY),
    ],
    'record_id,id_number,name,account_no,opened_on,wage_base,balance,status\nF-1,520000196203180013,测试甲,A100,2019-07-01,4200.00,15300.20,01\n',
  ),
  file(
    'business_registry',
    'role',
    { zh: '市场主体任职与投资', en: 'Roles in registered businesses' },
    [
      ...person,
      must('uscc', '统一社会信用代码 / credit code of the entity'),
      must('entity_name', '名称 / name of the entity'),
      must(
        'entity_type',
        oneOf(['company', 'partnership', 'sole_proprietorship', 'individual_business', 'farmers_cooperative']),
      ),
      must('role', oneOf(['legal_representative', 'executive', 'investor', 'operator'])),
      may('subscribed_capital', MONEY),
      must('entity_status', oneOf(['active', 'dormant', 'revoked', 'cancelled', 'moved_out'])),
      may('since', DATE),
      may('until', DATE),
    ],
    'record_id,id_number,name,uscc,entity_name,entity_type,role,entity_status\nB-1,520000196203180013,测试甲,91520102MA00000000,测试店,individual_business,operator,active\n',
  ),
  file(
    'civil_affairs',
    'marriage',
    { zh: '婚姻登记', en: 'Marriages' },
    [
      ...person,
      idType('spouse_id_type'),
      must('spouse_id_number', '配偶证件号码 / document number of the spouse'),
      must('spouse_name', '配偶姓名 / name of the spouse'),
      must('state', oneOf(['married', 'divorced', 'widowed'])),
      must('event_date', DATE),
    ],
    'record_id,id_number,name,spouse_id_number,spouse_name,state,event_date\nM-1,520000196203180013,测试甲,52010219920506232X,测试乙,married,2015-05-20\n',
    '一行一次登记，含双方 / one event, both persons',
  ),
  file(
    'civil_affairs',
    'death',
    { zh: '死亡与火化', en: 'Deaths' },
    [...person, must('death_date', DATE), may('cremation_date', DATE)],
    'record_id,id_number,name,death_date\nD-1,520000196203180013,测试甲,2026-02-11\n',
  ),
  file(
    'civil_affairs',
    'assistance',
    { zh: '社会救助待遇', en: 'Assistance received' },
    [
      ...person,
      must('programme', '救助类型 / programme, e.g. `urban_dibao`'),
      must('benefit_no', '救助证号 / number of the benefit'),
      must('region', '6 或 9 位区划代码 / 6 or 9 digits'),
      must('from_date', DATE),
      may('to_date', DATE),
      may('monthly_amount', MONEY),
    ],
    'record_id,id_number,name,programme,benefit_no,region,from_date\nA-1,520000196203180013,测试甲,urban_dibao,GZ-1,520102,2025-01-01\n',
  ),
];

const declared = (name: string, what: string) => may(name, `${what}, ${MONEY}, over the reference period; blank: 0`);

export const HOUSEHOLD_FILE: FileKind = {
  kind: 'households',
  source: null,
  recordType: null,
  title: { zh: '家庭批次', en: 'Household batch' },
  note:
    'One row per person, the rows of a household next to each other. The first row of a household carries the household columns ' +
    '(programme to benefit_no); later rows may leave them blank and must not contradict them.',
  columns: [
    must('household_ref', "户编号 / the caller's reference, unique in the batch"),
    must('programme', '救助类型 / as the policy knows them, e.g. `urban_dibao` `rural_dibao` `public_housing`'),
    must('verification_type', oneOf(VERIFICATION_TYPES)),
    must('region', '6 或 9 位区划代码 / 6 or 9 digits'),
    must('area', oneOf(AREAS)),
    may('benefit_no', "本户救助证号 / the household's own benefit, when it is a recipient"),
    must('relation', `${oneOf(RELATIONS)}; exactly one applicant`),
    ...person,
    may('marital_status', oneOf(MARITAL_STATUSES)),
    declared('declared_wage', '工资性收入 / wages'),
    declared('declared_operating', '经营净收入 / operating income'),
    declared('declared_property', '财产净收入 / property income'),
    declared('declared_transfer', '转移净收入 / transfers'),
    declared('declared_other', '其他收入 / other income'),
    declared('rigid_expenditure', '刚性支出 / own share of medical, education, disability and disaster costs'),
    may('household_size', "赡养人家庭人数 / supporters only: persons in the supporter's own household; blank: 1"),
    may('supported_persons', '被赡养人数 / supporters only: persons the supporter supports; blank: 1'),
    may('agreed_support', `supporters only: fixed by a judgment or agreement, a year, ${MONEY}`),
    may('authorisation_no', '授权书编号 / needed for everyone of 18 or older'),
    may('authorised_on', `${DATE}; not after the as-of date`),
    may('authorised_until', `${DATE}; blank: while assisted`),
  ],
  example:
    'household_ref,programme,verification_type,region,area,relation,id_number,name,declared_wage,authorisation_no,authorised_on\n' +
    'H001,urban_dibao,new_application,520102,urban,applicant,520000196203180013,测试甲,50400,SQ-1,2026-11-01\n',
};

/** Every kind of file that the installation takes, with its columns. */
export const FILE_KINDS: readonly FileKind[] = [...SOURCE_FILES, HOUSEHOLD_FILE];

/** `record_id` → `recordId`: the name of a column in JSON. */
export const jsonName = (column: string) =>
  column.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());

/** A file kind as a Markdown table, required columns marked with an asterisk. */
export function columnTable(kind: FileKind): string {
  const rows = kind.columns.map((column) => `| \`${column.name}\`${column.required ? ' *' : ''} | ${column.form} |`);
  return [
    `**\`${kind.kind}\`** ${kind.title.zh} / ${kind.title.en}`,
    ...(kind.note ? ['', kind.note] : []),
    '',
    '| 列 column | 形式 form |',
    '| --- | --- |',
    ...rows,
  ].join('\n');
}
