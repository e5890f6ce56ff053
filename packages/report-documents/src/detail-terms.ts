import type { Bilingual } from '@hedui/contracts';

const word = (zh: string, en: string): Bilingual => ({ zh, en });
type OpenTerms = Readonly<Record<string, Bilingual>>;

/** How the value of one key of `detail` is read. `codes`: by this table; `letters`: each letter by this table. */
export type DetailRule = { label: Bilingual } & (
  | {
      as: 'money' | 'date' | 'plain' | 'region' | 'programme' | 'category' | 'recordTypes' | 'basis' | 'moneyOrMarital';
    }
  | { as: 'codes' | 'letters'; terms: OpenTerms }
);

const MARITAL: OpenTerms = {
  unmarried: word('未婚', 'unmarried'),
  married: word('已婚', 'married'),
  divorced: word('离婚', 'divorced'),
  widowed: word('丧偶', 'widowed'),
};
export const MARITAL_TERMS = MARITAL;

export const RECORD_TYPE_TERMS: OpenTerms = {
  income: word('收入', 'income'),
  registration: word('机动车登记', 'vehicle registration'),
  account: word('公积金账户', 'housing-fund account'),
  role: word('市场主体任职', 'role in an enterprise'),
  marriage: word('婚姻登记', 'marriage'),
  death: word('死亡', 'death'),
  assistance: word('社会救助', 'assistance'),
};

const CEILINGS: OpenTerms = {
  multiple: word('低保标准的倍数', 'a multiple of the dibao standard'),
  disposable: word('人均可支配收入', 'disposable income a head'),
  both: word('低保标准的倍数及人均可支配收入', 'a multiple of the dibao standard, and disposable income a head'),
};

/** GA 24.7, the ones that a household meets. */
const PLATE_TYPES: OpenTerms = {
  '01': word('大型汽车', 'large motor vehicle'),
  '02': word('小型汽车', 'small motor vehicle'),
  '07': word('普通摩托车', 'motorcycle'),
  '08': word('轻便摩托车', 'light motorcycle'),
  '13': word('低速车', 'low-speed vehicle'),
  '14': word('拖拉机', 'tractor'),
  '15': word('挂车', 'trailer'),
  '51': word('大型新能源汽车', 'large new-energy vehicle'),
  '52': word('小型新能源汽车', 'small new-energy vehicle'),
};

/** GA 24.3. */
const USES: OpenTerms = {
  A: word('非营运', 'non-commercial'),
  B: word('公路客运', 'road passenger transport'),
  C: word('公交客运', 'public transport'),
  D: word('出租客运', 'taxi'),
  E: word('旅游客运', 'tourist transport'),
  F: word('货运', 'freight'),
  G: word('租赁', 'rental'),
};

/** The letters of a vehicle's status, which is a concatenation of them, and the statuses of a housing-fund account. */
const VEHICLE_STATUS: OpenTerms = {
  A: word('正常', 'normal'),
  B: word('转出', 'transferred out'),
  C: word('被盗抢', 'stolen'),
  D: word('停驶', 'out of use'),
  E: word('注销', 'deregistered'),
  G: word('违法未处理', 'open traffic offence'),
  K: word('查封', 'seized'),
  L: word('扣留', 'detained'),
  M: word('强制注销', 'deregistered by force or scrapped'),
  O: word('锁定', 'locked'),
  P: word('牌证作废', 'papers void'),
  Q: word('逾期未检验', 'inspection overdue'),
};
const ACCOUNT_STATUS: OpenTerms = {
  '01': word('正常', 'normal'),
  '02': word('封存', 'sealed'),
  '03': word('合并', 'merged'),
  '04': word('转出', 'moved out'),
  '05': word('销户', 'closed by withdrawal'),
  '06': word('冻结', 'frozen'),
  '99': word('其他', 'other'),
};

const ROLES: OpenTerms = {
  legal_representative: word('法定代表人', 'legal representative'),
  executive: word('高级管理人员', 'executive'),
  investor: word('出资人', 'investor'),
  operator: word('经营者', 'operator'),
};
const ENTITY_TYPES: OpenTerms = {
  company: word('公司', 'company'),
  partnership: word('合伙企业', 'partnership'),
  sole_proprietorship: word('个人独资企业', 'sole proprietorship'),
  individual_business: word('个体工商户', 'individual business'),
  farmers_cooperative: word('农民专业合作社', 'farmers’ cooperative'),
};
const ENTITY_STATES: OpenTerms = {
  active: word('在营', 'active'),
  dormant: word('歇业', 'dormant'),
  revoked: word('吊销', 'revoked'),
  cancelled: word('注销', 'cancelled'),
  moved_out: word('迁出', 'moved out'),
};

const money = (zh: string, en: string): DetailRule => ({ label: word(zh, en), as: 'money' });
const date = (zh: string, en: string): DetailRule => ({ label: word(zh, en), as: 'date' });
const plain = (zh: string, en: string): DetailRule => ({ label: word(zh, en), as: 'plain' });
const coded = (zh: string, en: string, terms: OpenTerms): DetailRule => ({ label: word(zh, en), as: 'codes', terms });

/** Every key that a finding's detail is known to hold, in the order in which a reader wants them. */
export const DETAIL_RULES: Readonly<Record<string, DetailRule>> = {
  category: { label: word('收入类别', 'Category'), as: 'category' },
  programme: { label: word('救助项目', 'Programme'), as: 'programme' },
  region: { label: word('发放地区划代码', 'Region of payment'), as: 'region' },
  role: coded('任职', 'Role', ROLES),
  entityType: coded('主体类型', 'Type of entity', ENTITY_TYPES),
  entityStatus: coded('主体状态', 'State of the entity', ENTITY_STATES),
  capital: money('认缴出资', 'Subscribed capital'),
  plateType: coded('号牌种类', 'Plate type', PLATE_TYPES),
  useNature: coded('使用性质', 'Use', USES),
  'vehicle:status': { label: word('车辆状态', 'State of the vehicle'), as: 'letters', terms: VEHICLE_STATUS },
  'housing_fund:status': coded('账户状态', 'State of the account', ACCOUNT_STATUS),
  registeredOn: date('登记日期', 'Registered on'),
  disposedOn: date('转移日期', 'Disposed of on'),
  state: coded('登记的婚姻状况', 'Marital status in the register', MARITAL),
  eventDate: date('登记日期', 'Date of the event'),
  deathDate: date('死亡日期', 'Date of death'),
  from: date('起始', 'From'),
  to: date('截止', 'To'),
  asOf: date('数据日期', 'Date of the data'),
  paidThrough: plain('缴至月份', 'Paid through'),
  wageBase: money('月缴存基数', 'Monthly wage base'),
  monthlyRepayment: money('月还款额', 'Monthly repayment'),
  balance: money('余额合计', 'Balances together'),
  amount: money('应给付赡养费（年）', 'Support owed a year'),
  basis: { label: word('依据', 'Basis'), as: 'basis' },
  declared: { label: word('申报', 'Declared'), as: 'moneyOrMarital' },
  verified: money('核实', 'Verified'),
  tolerance: money('容差', 'Tolerance'),
  annualIncome: money('家庭年收入', 'Yearly income of the household'),
  expenditure: money('刚性支出', 'Rigid expenditure'),
  ceiling: coded('上限依据', 'Ceiling', CEILINGS),
  limit: money('限额', 'Limit'),
  counted: plain('计入车辆数', 'Vehicles counted'),
  allowed: plain('允许车辆数', 'Vehicles allowed'),
  recordTypes: { label: word('记录种类', 'Kind of record'), as: 'recordTypes' },
};
