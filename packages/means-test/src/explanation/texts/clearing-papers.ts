import type { Bilingual, ExplainedFinding, FindingCode } from '@hedui/contracts';

type ClearedBy = ExplainedFinding['clearedBy'];

const by = (who: ClearedBy['who'], zh: string, en: string): ClearedBy => ({ who, text: { zh, en } });
const noPaper: Bilingual = { zh: '仅供参考，无需处理。', en: 'For information; there is nothing to clear.' };

const deregistration = by(
  'family',
  '市场主体注销通知书，或变更登记通知书（不再任职、出资）；身份被冒用的，提交撤销冒名登记的决定。',
  'The deregistration notice of the entity (注销通知书) or the notice of changed registration; if the identity was misused, the decision that cancels the registration.',
);
const benefitEnded = by(
  'family',
  '原发放地民政部门出具的停发证明。',
  'The certificate of the civil affairs office that pays the other benefit that it has ended (停发证明).',
);
const payerCertificate = by(
  'family',
  '扣缴单位出具的收入证明，或税务机关的纳税记录更正；公积金以缴存明细为准；身份被冒用的，提交税务申诉结果。',
  'The payer’s certificate of income, or the tax office’s correction of the record; for the fund its statement of deposits; if the identity was misused, the result of the appeal to the tax office.',
);

const PAPERS: Readonly<Partial<Record<FindingCode, ClearedBy>>> = {
  MEMBER_DECEASED: by(
    'family',
    '本人健在的，由户籍部门出具证明并请民政部门更正死亡记录；确已死亡的，重新申报家庭成员。',
    'If the person is alive: proof from the household register, and correction of the death record by civil affairs; if not, the household declares its members anew.',
  ),
  DEAD_STILL_PAID: by(
    'department',
    '由发放部门停发，并出具停发及追缴情况说明。',
    'The paying department ends the benefit and states what was paid and recovered.',
  ),
  ID_NAME_MISMATCH: by(
    'family',
    '户口簿或公安机关出具的姓名变更（曾用名）、公民身份号码更正证明。',
    'The household register, or the police certificate of a changed name or corrected identity number.',
  ),
  SPOUSE_UNDECLARED: by(
    'family',
    '离婚证、离婚判决书或配偶死亡证明；仍为夫妻的，将配偶补报为家庭成员并签署授权。',
    'The divorce certificate (离婚证) or judgment, or the spouse’s death certificate; if still married, the spouse is added as a member and signs the authorisation.',
  ),
  MARITAL_CONFLICT: by(
    'family',
    '结婚证、离婚证、离婚判决书或配偶死亡证明，与申报一致者。',
    'The marriage certificate, the divorce certificate (离婚证) or judgment, or the spouse’s death certificate that bears out what was declared.',
  ),
  RECENT_DIVORCE: by(
    'family',
    '离婚协议或判决书（财产分割、子女抚养），以及分开居住的证明。',
    'The divorce agreement or judgment (property, children) and proof of living apart.',
  ),
  SUPPORTER_CAPABLE: by(
    'family',
    '赡养（抚养、扶养）协议或判决书；义务人家庭人口、收入、重大支出证明。',
    'The agreement or judgment on support; proof of the supporter’s household, income and heavy expenses.',
  ),
  VEHICLE_OWNED: by(
    'family',
    '机动车转移登记证明、注销证明或报废回收证明。',
    'The vehicle transfer certificate (机动车转移登记证明), or the certificate of deregistration or scrapping.',
  ),
  VEHICLE_COMMERCIAL: by(
    'family',
    '机动车转移登记证明，或使用性质变更为非营运的登记；营运收入的证明。',
    'The vehicle transfer certificate (机动车转移登记证明) or the registration of a non-commercial use; proof of what it earns.',
  ),
  VEHICLE_EXEMPT: { who: 'nobody', text: noPaper },
  VEHICLE_RECENT_DISPOSAL: by(
    'family',
    '买卖合同、发票或报废回收证明，说明价款去向。',
    'The contract of sale, the invoice or the scrapping certificate, and what became of the money.',
  ),
  COMPANY_LEGAL_REP: deregistration,
  COMPANY_INVESTOR: deregistration,
  SELF_EMPLOYED: by(
    'family',
    '个体工商户注销通知书；仍在经营的，提交经营收入说明。',
    'The deregistration notice of the business (注销通知书); if it goes on, a statement of its income.',
  ),
  COMPANY_DORMANT: deregistration,
  COOP_MEMBER: { who: 'nobody', text: noPaper },
  INCOME_UNDERDECLARED: payerCertificate,
  INCOME_OVER: payerCertificate,
  EXPENDITURE_LOW: by(
    'family',
    '医疗、教育、残疾、灾害等自付费用的票据和结算单。',
    'Bills and statements of the own share of medical, education, disability and disaster costs.',
  ),
  FUND_ACTIVE: by(
    'family',
    '解除劳动合同证明或公积金封存凭证。',
    'Proof that employment ended, or that the account was sealed.',
  ),
  FUND_BALANCE_OVER: by(
    'family',
    '公积金提取凭证及账户明细。',
    'Proof of withdrawal, and the statement of the account.',
  ),
  FUND_LOAN: by(
    'family',
    '贷款结清证明，或还款来源的说明和凭证。',
    'The certificate that the loan is settled, or proof of who pays it back.',
  ),
  DUPLICATE_BENEFIT: benefitEnded,
  CROSS_REGION_BENEFIT: benefitEnded,
  SOURCE_NO_REPLY: by(
    'source',
    '家庭无需提交材料：须由该来源部门反馈。',
    'Nothing from the family: the source must answer.',
  ),
  STALE_DATA: by(
    'source',
    '家庭无需提交材料：须由该来源部门提供更新的数据。',
    'Nothing from the family: the source must send newer data.',
  ),
};

/** Who can clear a finding, and with what paper. */
export function clearedBy(code: FindingCode): ClearedBy {
  return PAPERS[code] ?? { who: 'nobody', text: noPaper };
}
