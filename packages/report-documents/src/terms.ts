import type {
  Area,
  Bilingual,
  Conclusion,
  Effect,
  IncomeCategory,
  Relation,
  SourceStateName,
  SupportBasis,
  VerificationType,
} from '@hedui/contracts';

/**
 * The words of every code that a report may hold, in both languages (findings: contracts). A code that stands in no table (a programme of the
 * policy's own, a source that came later) is printed as it is.
 */
const word = (zh: string, en: string): Bilingual => ({ zh, en });
type Terms<Code extends string> = Readonly<Record<Code, Bilingual>>;
type OpenTerms = Readonly<Record<string, Bilingual>>;

export const EFFECT_TERMS: Terms<Effect> = {
  fails: word('不符合条件', 'Fails the test'),
  review: word('须人工核实', 'A person must look'),
  info: word('提示', 'Information'),
};

export const CONCLUSION_TERMS: Terms<Conclusion> = {
  meets: word('符合条件', 'Meets the conditions'),
  does_not_meet: word('不符合条件', 'Does not meet the conditions'),
  needs_review: word('有疑点，须人工核实', 'Needs review by a person'),
  incomplete: word('核对未完成，暂不作结论', 'Incomplete: no conclusion yet'),
};

export const PROGRAMME_TERMS: OpenTerms = {
  urban_dibao: word('城市低保', 'Urban minimum living allowance (dibao)'),
  rural_dibao: word('农村低保', 'Rural minimum living allowance (dibao)'),
  dibao_margin: word('低保边缘家庭', 'Household at the dibao margin'),
  rigid_expenditure: word('刚性支出困难家庭', 'Household in need through rigid expenditure'),
  tekun: word('特困人员', 'Persons in special hardship (tekun)'),
  temporary: word('临时救助', 'Temporary assistance'),
  medical: word('医疗救助', 'Medical assistance'),
  public_housing: word('公租房', 'Public rental housing'),
  education: word('教育救助', 'Education assistance'),
};

/** Tiers are codes of the policy; these are the ones that the field knows. */
export const TIER_TERMS: OpenTerms = {
  dibao: word('低保', 'Minimum living allowance (dibao)'),
  dibao_margin: word('低保边缘', 'Dibao margin'),
  rigid_expenditure: word('刚性支出困难', 'Rigid expenditure'),
  tekun: word('特困', 'Special hardship (tekun)'),
  none: word('不属于任何低收入层次', 'No low-income tier'),
};
/** For a tier of null: a required source was silent, or nobody is counted. */
export const TIER_UNKNOWN = word('暂不能判定', 'Cannot be told yet');

export const VERIFICATION_TERMS: Terms<VerificationType> = {
  new_application: word('常规新申请', 'New application'),
  green_channel: word('绿色通道', 'Green channel'),
  petition: word('上访件', 'Petition'),
  letter: word('区市县信函委托', 'Entrusted by letter of a county or district'),
  periodic_review: word('老户跟踪筛查', 'Periodic review of recipients'),
  special_inspection: word('专项检查', 'Special inspection'),
};

export const AREA_TERMS: Terms<Area> = { urban: word('城镇', 'Urban'), rural: word('农村', 'Rural') };

export const RELATION_TERMS: Terms<Relation> = {
  applicant: word('申请人', 'Applicant'),
  spouse: word('配偶', 'Spouse'),
  child: word('子女', 'Child'),
  parent: word('父母', 'Parent'),
  other: word('其他成员', 'Other member'),
  supporter: word('法定义务人', 'Statutory supporter'),
};

/** Later sources have their words here too: a report prints whatever source answered. */
export const SOURCE_TERMS: OpenTerms = {
  tax: word('税务', 'Tax'),
  vehicle: word('车管', 'Vehicle registration'),
  housing_fund: word('公积金', 'Housing fund'),
  business_registry: word('市场监管', 'Business registry'),
  civil_affairs: word('民政', 'Civil affairs'),
  social_insurance: word('人社', 'Social insurance'),
  real_estate: word('不动产', 'Real estate'),
  medical_insurance: word('医保', 'Medical insurance'),
  disabled_federation: word('残联', 'Disabled persons’ federation'),
  household_register: word('户籍', 'Household register'),
  bank: word('银行', 'Banks'),
  securities: word('证券', 'Securities'),
};

export const STATE_TERMS: Terms<SourceStateName> = {
  answered: word('已反馈', 'Answered'),
  stale: word('数据过期', 'Data too old'),
  no_reply: word('未反馈', 'No reply'),
};

export const CATEGORY_TERMS: Terms<IncomeCategory> = {
  wage: word('工资性', 'Wage'),
  operating: word('经营净', 'Operating'),
  property: word('财产净', 'Property'),
  transfer: word('转移净', 'Transfer'),
  other: word('其他', 'Other'),
};

export const BASIS_TERMS: Terms<SupportBasis> = {
  agreed: word('按判决或协议', 'By judgment or agreement'),
  formula: word('按公式测算', 'By the formula'),
  recipient: word('义务人本人受助或已故，不计', 'Not counted: the supporter is a recipient or has died'),
};

/** The word of a code of any table; the code itself when the table does not have it. */
export function termOf(terms: OpenTerms, code: string): Bilingual {
  return Object.hasOwn(terms, code) ? (terms[code] ?? word(code, code)) : word(code, code);
}
