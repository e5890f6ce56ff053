import type { Bilingual, FindingCode } from '@hedui/contracts';

/** For codes of sources that do not answer yet: a policy may name them, no rule raises them. */
export const NO_RULE: Bilingual = { zh: '目前没有规则产生此疑点。', en: 'No rule raises this finding yet.' };

/** What each rule says, in plain words (README §3 to §10). */
export const FINDING_RULES: Readonly<Partial<Record<FindingCode, Bilingual>>> = {
  MEMBER_DECEASED: {
    zh: '民政部门记录的死亡日期不晚于核对基准日。已死亡的成员不计入人数，其收入、支出、财产均不计；已死亡的义务人赡养费为零。',
    en: 'Civil affairs records a death on or before the as-of date. A dead member is not counted, nor their income, spending or property; a dead supporter gives nothing.',
  },
  DEAD_STILL_PAID: {
    zh: '已死亡的成员名下仍有在核对基准日有效的救助待遇。',
    en: 'A benefit in the name of a dead member is active on the as-of date.',
  },
  ID_NAME_MISMATCH: {
    zh: '来源中有证件相同但姓名不同的记录。该记录未被采用，须人工核实。',
    en: 'A source holds records under the same document but another name. They were not used; a person must look.',
  },
  SPOUSE_UNDECLARED: {
    zh: '最近一次婚姻登记为已婚，而配偶不在申报的家庭成员之中。',
    en: 'The latest marriage event is a marriage, and the spouse is not among the declared members.',
  },
  MARITAL_CONFLICT: {
    zh: '申报的婚姻状况与最近一次婚姻登记不一致。',
    en: 'The declared marital status differs from the latest marriage event.',
  },
  RECENT_DIVORCE: {
    zh: '最近一次婚姻登记为离婚，且发生在政策规定的近期之内。',
    en: 'The latest marriage event is a divorce within the recent months of the policy.',
  },
  SUPPORTER_CAPABLE: {
    zh: '按协议、判决或公式，法定义务人一年应给付的赡养（抚养、扶养）费大于零。',
    en: 'By agreement, judgment or formula the statutory supporter owes more than nothing in a year.',
  },
  VEHICLE_OWNED: {
    zh: '家庭在核对基准日名下计入的机动车多于该救助项目允许的数量；每辆各列一条。',
    en: 'On the as-of date the household owns more counted vehicles than the programme allows; one finding for each of them.',
  },
  VEHICLE_COMMERCIAL: {
    zh: '名下机动车的使用性质不是非营运。',
    en: 'A vehicle that is owned and counted has a use other than non-commercial.',
  },
  VEHICLE_EXEMPT: {
    zh: '名下机动车的号牌种类属于政策豁免范围，不计入数量。',
    en: 'The plate type of the vehicle is exempt under the policy: it does not count.',
  },
  VEHICLE_RECENT_DISPOSAL: {
    zh: '机动车在政策规定的近期之内转移或处置。',
    en: 'A vehicle was disposed of within the recent months of the policy.',
  },
  COMPANY_LEGAL_REP: {
    zh: '在核对基准日担任在营企业的法定代表人或高级管理人员。',
    en: 'On the as-of date the person is legal representative or executive of an active enterprise.',
  },
  COMPANY_INVESTOR: {
    zh: '在核对基准日对在营企业的认缴出资高于该救助项目的限额。',
    en: 'On the as-of date the subscribed capital in an active enterprise is above the limit of the programme.',
  },
  SELF_EMPLOYED: {
    zh: '在核对基准日登记有在营的个体工商户。',
    en: 'On the as-of date an active individual business is registered in the person’s name.',
  },
  COMPANY_DORMANT: {
    zh: '在核对基准日任职或出资的市场主体处于歇业或吊销状态。',
    en: 'On the as-of date the person has a role in an entity that is dormant or revoked.',
  },
  COOP_MEMBER: {
    zh: '在核对基准日是在营农民专业合作社的成员。',
    en: 'On the as-of date the person is a member of an active farmers’ cooperative.',
  },
  INCOME_UNDERDECLARED: {
    zh: '核实收入高出申报收入的数额，同时超过政策的定额容差和比例容差。',
    en: 'Verified income exceeds declared income by more than both tolerances of the policy, the fixed one and the percentage.',
  },
  INCOME_OVER: {
    zh: '家庭年收入达到或超过该救助项目的收入上限（等于上限即为超线）。',
    en: 'The household’s yearly income reaches the income ceiling of the programme (equal to it is over).',
  },
  EXPENDITURE_LOW: {
    zh: '家庭年收入扣除刚性支出后，仍达到或超过低保标准。',
    en: 'After rigid expenditure the household’s income still reaches the dibao standard.',
  },
  FUND_ACTIVE: {
    zh: '公积金账户状态正常，且缴至月份不早于基准日所在月之前第二个月。',
    en: 'A housing-fund account is normal and paid through the month two before that of the as-of date, or later.',
  },
  FUND_BALANCE_OVER: {
    zh: '家庭成员正常、封存、冻结账户的公积金余额合计超过该救助项目的限额。',
    en: 'The balances of normal, sealed and frozen accounts together exceed the limit of the programme.',
  },
  FUND_LOAN: {
    zh: '公积金贷款月还款额高于政策限额。',
    en: 'The monthly repayment of a housing-fund loan is above the limit of the policy.',
  },
  DUPLICATE_BENEFIT: {
    zh: '成员在同一区县已享受与所申请项目互斥的救助，且不是本户自己的待遇。',
    en: 'A member already receives, in the same county, a benefit that excludes the one applied for and is not the household’s own.',
  },
  CROSS_REGION_BENEFIT: {
    zh: '成员在其他区县已享受与所申请项目互斥的救助，且不是本户自己的待遇。',
    en: 'A member already receives, in another county, a benefit that excludes the one applied for and is not the household’s own.',
  },
  SOURCE_NO_REPLY: {
    zh: '该来源对本户尚无可用的数据。“未反馈”不等于“无记录”。',
    en: 'The source has no data that counts for this household. No reply does not mean that nothing was found.',
  },
  STALE_DATA: {
    zh: '该来源的数据日期早于政策规定的有效天数。',
    en: 'The source’s data is older than the policy accepts.',
  },
};
