import type { Area, FindingCode } from '@hedui/contracts';
import type { Dialect } from './dialect.js';
import { codeBit, codeNo, effectMasks, type Parameters, sourceNo, text } from './parameters.js';
import type { Step } from './step.js';
import { INVESTOR } from './step-findings.js';

/** The tests of one programme, as columns of `policy_programme` or as literals of a tier's programme. */
interface Tests {
  ceiling: string;
  byDisposable: string;
  byExpenditure: string;
  maxVehicles: string;
  fundMonths: string;
  investorCapital: string;
  exclusive: string;
}

const APPLIED: Tests = {
  ceiling: 'g.income_ceiling',
  byDisposable: 'g.by_disposable = 1',
  byExpenditure: 'g.by_expenditure = 1',
  maxVehicles: 'g.max_vehicles',
  fundMonths: 'g.fund_months',
  investorCapital: 'g.investor_capital',
  exclusive: 'g.exclusive = 1',
};

const overMultiple = (t: Tests): string => `m.y * 100 >= ${t.ceiling} * h.monthly * 12 * m.n`;
const overDisposable = (t: Tests): string => `(${t.byDisposable} and m.y >= h.disposable * m.n)`;

/** The codes that a programme's own tests give: a comparison with an absent limit is null, which is no finding. */
function testCodes(t: Tests): string {
  const bit = (code: FindingCode, when: string): string => `case when ${when} then ${codeBit(code)}::int8 else 0 end`;
  return [
    bit('INCOME_OVER', `${overMultiple(t)} or ${overDisposable(t)}`),
    bit('EXPENDITURE_LOW', `${t.byExpenditure} and greatest(0, m.y - m.e) >= h.monthly * 12 * m.n`),
    bit('VEHICLE_OWNED', `m.vehicles > ${t.maxVehicles}`),
    bit('FUND_BALANCE_OVER', `m.balance * 100 > ${t.fundMonths} * h.monthly * m.n`),
    bit('COMPANY_INVESTOR', `m.capital > ${t.investorCapital}`),
    bit('CROSS_REGION_BENEFIT', `${t.exclusive} and m.elsewhere`),
    bit('DUPLICATE_BENEFIT', `${t.exclusive} and m.here`),
  ].join('\n + ');
}

/** The first tier whose programme finds nothing that fails, written out as one CASE from the policy. */
function tierOf(p: Parameters): string {
  const rung = (area: Area): string[] =>
    p.policy.tiers.flatMap((tier) => {
      const g = area === 'urban' ? tier.urban : tier.rural;
      if (g === null) return [];
      const literal = (value: number | null): string => (value === null ? 'null::int8' : `${value}::int8`);
      const codes = testCodes({
        ceiling: literal(g.incomeCeiling),
        byDisposable: String(g.incomeCeilingDisposable),
        byExpenditure: String(g.expenditureTest),
        maxVehicles: literal(g.maxVehicles),
        fundMonths: literal(g.fundBalanceMonths),
        investorCapital: literal(g.investorCapital),
        exclusive: String(g.exclusive),
      });
      const reachable = g.incomeCeilingDisposable ? 'h.disposable is not null and ' : '';
      return [
        `when ${reachable}h.area = '${area}' and ((m.codes | (${codes})) & ${effectMasks(p.policy, g.code).fails}) = 0 then ${text(tier.code)}`,
      ];
    });
  const rungs = [...rung('urban'), ...rung('rural')];
  return rungs.length > 0 ? `case ${rungs.join('\n')} else 'none' end` : `'none'`;
}

/** Conclusion and tier, then the reports as they stay: one row a household, and its incomes, supports and findings. */
export function reportSteps(d: Dialect, p: Parameters, suffix: string): Step[] {
  const verdict = `select h.h, h.ref, h.programme, h.verification_type, h.region, h.area, h.monthly, m.n, m.y, (h.answered & g.requires) = g.requires as complete,
      g.fails, g.review, m.codes, g.investor_capital, g.exclusive,
      case when m.n > 0 then ${testCodes(APPLIED)} else 0 end as tested,
      case when ${overMultiple(APPLIED)} then case when ${overDisposable(APPLIED)} then 'both' else 'multiple' end else 'disposable' end as ceiling,
      case when m.n > 0 and (h.answered & g.requires) = g.requires then ${tierOf(p)} end as tier
    from household h join measure m on m.h = h.h join policy_programme g on g.programme = h.programme`;
  const has = (code: FindingCode): string => `(v.tested & ${codeBit(code)}) <> 0`;
  const one = (code: FindingCode, member: string, source: string, record: string, detail = 'null'): string =>
    `v.h, v.programme, ${codeNo(code)}::int4 as code_no, ${member}::int4 as member, ${source}::int4 as source_no,
     ${record}::text as record_id, ${detail}::text as detail`;
  const all = [
    `select f.h, v.programme, f.code_no, f.member, f.source_no, f.record_id, f.detail from finding f join verdict v on v.h = f.h`,
    `select ${one('INCOME_OVER', 'null', 'null', 'null', 'v.ceiling')} from verdict v where ${has('INCOME_OVER')}`,
    `select ${one('EXPENDITURE_LOW', 'null', 'null', 'null')} from verdict v where ${has('EXPENDITURE_LOW')}`,
    `select ${one('FUND_BALANCE_OVER', 'null', String(sourceNo('housing_fund')), 'null')} from verdict v where ${has('FUND_BALANCE_OVER')}`,
    `select ${one('VEHICLE_OWNED', 'x.r', String(sourceNo('vehicle')), 'x.record_id')} from verdict v
     join x_registration x on x.h = v.h where ${has('VEHICLE_OWNED')} and x.same and x.owned and not x.exempt`,
    `select ${one('COMPANY_INVESTOR', 'x.r', String(sourceNo('business_registry')), 'x.record_id')} from verdict v
     join (select * from x_role where ${INVESTOR}) x on x.h = v.h where ${has('COMPANY_INVESTOR')} and x.capital > v.investor_capital`,
    `select v.h, v.programme, (case when b.elsewhere then ${codeNo('CROSS_REGION_BENEFIT')} else ${codeNo('DUPLICATE_BENEFIT')} end)::int4,
       b.r, ${sourceNo('civil_affairs')}, b.record_id, null from verdict v join benefit b on b.h = v.h
     where v.exclusive = 1 and v.n > 0`,
    `select v.h, v.programme, (case when s.state = 'stale' then ${codeNo('STALE_DATA')} else ${codeNo('SOURCE_NO_REPLY')} end)::int4,
       null, s.source_no, null, null from verdict v join region_source s on s.region = v.region where s.state <> 'answered'`,
  ];
  const perCapita = d.quotient('2 * v.y + 12 * v.n', '24 * v.n');
  return [
    { name: 'verdict', sql: d.step('verdict', verdict) },
    {
      name: 'write reports',
      sql: d.keep(
        `report${suffix}`,
        `select v.h, v.ref, v.programme, v.verification_type, v.region, v.area,
           case when v.n > 0 and ((v.codes | v.tested) & v.fails) <> 0 then 'does_not_meet' when not v.complete then 'incomplete'
                when v.n = 0 or ((v.codes | v.tested) & v.review) <> 0 then 'needs_review' else 'meets' end as conclusion,
           v.tier, v.n as counted_members, v.monthly, v.y as annual_income,
           case when v.n > 0 then ${perCapita} end as per_capita, s.sources
         from verdict v join region_state s on s.region = v.region`,
        'ref',
      ),
    },
    {
      name: 'write incomes',
      sql: d.keep(
        `report_income${suffix}`,
        `select h, r as member, d_wage, v_wage, d_operating, v_operating, d_property, v_property, d_transfer, d_other, v_other, deduction
         from income_line where not sup`,
        'h',
      ),
    },
    {
      name: 'write supports',
      sql: d.keep(`report_support${suffix}`, 'select h, r as supporter, amount, basis from support_line', 'h'),
    },
    {
      name: 'write findings',
      sql: d.keep(
        `report_finding${suffix}`,
        `select f.h, c.code, c.effect, f.member, s.source, f.record_id, f.detail
         from (${all.join('\nunion all\n')}) f
         join policy_effect c on c.programme = f.programme and c.code_no = f.code_no
         left join source s on s.source_no = f.source_no`,
        'h',
      ),
    },
  ];
}
