import type { Bilingual, Conclusion, FindingCode } from '@hedui/contracts';

const word = (zh: string, en: string): Bilingual => ({ zh, en });

/** What each finding means, said to the family that it concerns. No codes, no terms of the office. */
export const PLAIN_FINDINGS: Readonly<Record<FindingCode, Bilingual>> = {
  MEMBER_DECEASED: word(
    '民政部门的记录显示，家庭申报的一位人员已经去世。',
    'The civil affairs records say that a person whom you named has died.',
  ),
  DEAD_STILL_PAID: word(
    '已去世人员名下仍有救助金在发放。',
    'Assistance is still being paid in the name of a person who has died.',
  ),
  ID_NAME_MISMATCH: word(
    '有部门的记录与身份证件号码相同，但姓名不同。这些记录没有采用，需要弄清原因。',
    'An office holds records under the same document number but another name. They were not used; the reason has to be found.',
  ),
  SPOUSE_UNDECLARED: word(
    '婚姻登记显示已婚，但申报的家庭成员中没有配偶。',
    'The marriage register shows a marriage, but no spouse was named among the members.',
  ),
  MARITAL_CONFLICT: word(
    '申报的婚姻状况与婚姻登记不一样。',
    'The marital status that was given is not the one in the marriage register.',
  ),
  RECENT_DIVORCE: word('不久前办理了离婚登记。', 'There was a divorce a short time ago.'),
  MEMBER_OMITTED: word('可能有一起生活的家人没有申报。', 'Someone who lives with you may not have been named.'),
  HOUSEHOLD_SPLIT: word('家庭可能分成了两户申报。', 'The family may have been declared as two households.'),
  SUPPORTER_CAPABLE: word(
    '负有赡养、抚养或扶养义务的家人有能力提供帮助，其应付的费用计入了家庭收入。',
    'A relative who has a duty to support you is able to; what they owe was counted as income.',
  ),
  VEHICLE_OWNED: word(
    '家人名下登记有机动车，超过了该项救助允许的数量。',
    'Motor vehicles are registered to your family, more than this assistance allows.',
  ),
  VEHICLE_COMMERCIAL: word(
    '家人名下登记有用于经营的车辆。',
    'A vehicle registered to your family is entered for commercial use.',
  ),
  VEHICLE_EXEMPT: word(
    '家人名下的车辆属于允许保留的种类，不影响结果。',
    'A vehicle of your family is of a kind that may be kept; it does not count.',
  ),
  VEHICLE_RECENT_DISPOSAL: word(
    '不久前有车辆被出售、过户或报废。',
    'A vehicle was sold, transferred or scrapped a short time ago.',
  ),
  COMPANY_LEGAL_REP: word(
    '有家人登记为企业的法定代表人或高级管理人员。',
    'A member of your family is registered as the head or an executive of an enterprise.',
  ),
  COMPANY_INVESTOR: word(
    '有家人登记为企业的出资人，出资超过了允许的数额。',
    'A member of your family is registered as an investor in an enterprise, above the amount allowed.',
  ),
  SELF_EMPLOYED: word('有家人名下登记有个体工商户。', 'A small business is registered to a member of your family.'),
  COMPANY_DORMANT: word(
    '有家人与一家已停业或被吊销的企业有登记关系。',
    'A member of your family is registered with an enterprise that is closed down.',
  ),
  COOP_MEMBER: word('有家人是农民专业合作社成员。', 'A member of your family belongs to a farmers’ cooperative.'),
  INCOME_UNDERDECLARED: word(
    '查到的收入比申报的收入多，按查到的数额计算。',
    'The records show more income than was declared; the higher amount was counted.',
  ),
  INCOME_OVER: word(
    '家庭收入达到或超过了该项救助的收入上限。',
    'The income of your household reaches the limit of this assistance.',
  ),
  EXPENDITURE_LOW: word(
    '扣除医疗、教育等必须的支出后，家庭收入仍达到或超过标准。',
    'After costs such as treatment and schooling, the income of your household still reaches the standard.',
  ),
  FUND_ACTIVE: word('有单位正在为家人缴存住房公积金。', 'An employer is paying into a housing fund for your family.'),
  FUND_BALANCE_OVER: word(
    '家人住房公积金的余额合计超过了该项救助允许的数额。',
    'The housing-fund balances of your family together are above what this assistance allows.',
  ),
  FUND_LOAN: word(
    '有家人每月偿还的公积金贷款较多，需要说明还款的钱从哪里来。',
    'A housing-fund loan is being repaid at a high monthly amount; please explain where the money comes from.',
  ),
  DUPLICATE_BENEFIT: word(
    '有家人已经在享受另一份不能同时享受的救助。',
    'A member of your family already receives assistance that cannot be combined with this one.',
  ),
  CROSS_REGION_BENEFIT: word(
    '有家人已经在外地享受不能同时享受的救助。',
    'A member of your family already receives, in another place, assistance that cannot be combined with this one.',
  ),
  SOURCE_NO_REPLY: word('有部门还没有答复。', 'An office has not answered yet.'),
  STALE_DATA: word('有部门提供的数据不够新。', 'The data of an office is not new enough.'),
  HOUSE_MULTI: word('家人名下登记有多套住房。', 'Several homes are registered to your family.'),
  NON_RESIDENTIAL: word('家人名下登记有商铺或车位。', 'A shop or a parking space is registered to your family.'),
  DEPOSIT_OVER: word('家人的存款超过了允许的数额。', 'The savings of your family are above what is allowed.'),
  SECURITIES_OVER: word(
    '家人的股票、基金等超过了允许的数额。',
    'The shares and funds of your family are above what is allowed.',
  ),
  PENSION_UNDECLARED: word('有一笔养老金没有申报。', 'A pension was not declared.'),
  EMPLOYED_UNDECLARED: word('有一份工作没有申报。', 'A job was not declared.'),
  DISABILITY_EXPIRED: word('残疾人证已经失效。', 'A disability certificate is no longer valid.'),
  STUDENT_STATUS_CONFLICT: word('在读情况与申报的不一样。', 'School or university attendance is not as declared.'),
  HIGH_MEDICAL: word('家庭的医疗费用较高，可能可以得到帮助。', 'Your medical costs are high; there may be help.'),
  MAYBE_ELIGIBLE: word('您家可能还可以申请其他救助。', 'There may be other assistance for which you can apply.'),
};

export const PLAIN_CONCLUSIONS: Readonly<Record<Conclusion, Bilingual>> = {
  meets: word(
    '核对结果：从查到的情况看，您家符合该项救助的经济条件。',
    'The result: from what was found, your household meets the economic conditions of this assistance.',
  ),
  does_not_meet: word(
    '核对结果：从查到的情况看，您家目前不符合该项救助的经济条件。',
    'The result: from what was found, your household does not at present meet the economic conditions of this assistance.',
  ),
  needs_review: word(
    '核对结果：有些情况还需要工作人员进一步核实，现在还没有最后结果。',
    'The result: some points still have to be looked at by a person. There is no final result yet.',
  ),
  incomplete: word(
    '核对结果：有部门尚未提供所需的信息，现在还不能得出结果。',
    'The result: information that is needed has not come in yet, so there is no result for now.',
  ),
};

/** What was asked of each source, for a reader who does not know the offices. */
export const PLAIN_SOURCES: Readonly<Record<string, Bilingual>> = {
  tax: word('税务部门：工资、经营等收入', 'Tax office: wages, business and other income'),
  vehicle: word('车辆管理部门：名下的机动车', 'Vehicle registration: motor vehicles'),
  housing_fund: word('住房公积金中心：公积金账户', 'Housing fund: accounts'),
  business_registry: word('市场监管部门：企业、个体工商户登记', 'Business registry: enterprises and small businesses'),
  civil_affairs: word(
    '民政部门：婚姻、去世、正在享受的救助',
    'Civil affairs: marriages, deaths, assistance being received',
  ),
};
