import { type FindingCode, INCOME_CATEGORIES, type SourceName } from '@hedui/contracts';
import type { Dialect } from './dialect.js';
import { codeNo, type Parameters, sourceNo, text } from './parameters.js';
import type { Step } from './step.js';

/** Findings that no key of a programme decides, and what the programmes' tests are held against. */
export function findingSteps(d: Dialect, p: Parameters): Step[] {
  return [
    { name: 'findings', sql: d.step('finding', commonFindings(p).join('\nunion all\n')) },
    { name: 'measures', sql: measures(d) },
  ];
}

type Source = SourceName;
const row = (code: FindingCode, source: Source | null, record: string, detail = 'null', member = 'r'): string =>
  `${codeNo(code)}::int4 as code_no, ${member}::int4 as member, ${source === null ? 'null' : sourceNo(source)}::int4 as source_no,
   ${record}::text as record_id, ${detail}::text as detail`;

function commonFindings(p: Parameters): string[] {
  const { tolerance, loanRepayment } = p.policy;
  const asOf = `date ${text(p.asOf)}`;
  const recent = `date ${text(p.recentAfter)}`;
  const under = INCOME_CATEGORIES.filter((name) => name !== 'transfer').map((name) => {
    const source =
      name === 'wage' ? `case when by_fund then ${sourceNo('housing_fund')} else ${sourceNo('tax')} end` : '0';
    return `select h, ${codeNo('INCOME_UNDERDECLARED')}::int4 as code_no, r as member, (${source})::int4 as source_no,
       null::text as record_id, ${text(name)}::text as detail
     from income_line where not sup and v_${name} - d_${name} > ${tolerance.yearly}
       and (v_${name} - d_${name}) * 10000 > d_${name} * ${tolerance.percent}`;
  });
  const roles = (code: FindingCode, where: string): string =>
    `select h, ${row(code, 'business_registry', 'record_id')} from x_role where same and in_force and ${where}`;
  const special = "('individual_business', 'farmers_cooperative')";
  const latest = `(select m.* from (select x.*, row_number() over (partition by line order by event_date desc, record_id desc) as k
      from x_marriage x where same and event_date <= ${asOf}) m where k = 1)`;
  const mismatch = (source: Source, from: string): string =>
    `select distinct h, ${row('ID_NAME_MISMATCH', source, 'null')} from (${from}) found`;
  return [
    ...under,
    `select h, ${row('MEMBER_DECEASED', 'civil_affairs', 'null')} from entry where dead`,
    `select h, ${row('SUPPORTER_CAPABLE', null, 'null')} from support_line where amount > 0`,
    `select h, ${row('DEAD_STILL_PAID', 'civil_affairs', 'record_id')} from x_assistance where dead and same and active`,
    mismatch('tax', 'select e.h, e.r from tax_month t join entry e on e.line = t.line where t.other_name'),
    mismatch('vehicle', 'select h, r from x_registration where not same'),
    mismatch('housing_fund', 'select h, r from x_account where not same'),
    mismatch('business_registry', 'select h, r from x_role where not same'),
    mismatch(
      'civil_affairs',
      `select h, r from x_marriage where not same union all select h, r from x_assistance where not same and not dead
       union all select e.h, e.r from entry e join fact_death f on f.key = e.key where f.nm <> e.nm and not e.dead`,
    ),
    `select h, ${row('VEHICLE_EXEMPT', 'vehicle', 'record_id')} from x_registration where same and owned and exempt`,
    `select h, ${row('VEHICLE_COMMERCIAL', 'vehicle', 'record_id')} from x_registration
     where same and owned and not exempt and use_nature <> 'A'`,
    `select h, ${row('VEHICLE_RECENT_DISPOSAL', 'vehicle', 'record_id')} from x_registration where same and gone_lately and not exempt`,
    `select h, ${row('FUND_ACTIVE', 'housing_fund', 'record_id')} from x_account
     where same and not sup and status = '01' and paid >= ${p.windowEnd - 2}`,
    ...(loanRepayment === null
      ? []
      : [
          `select h, ${row('FUND_LOAN', 'housing_fund', 'record_id')} from x_account where same and not sup and loan > ${loanRepayment}`,
        ]),
    roles('COMPANY_DORMANT', "entity_status in ('dormant', 'revoked')"),
    roles('SELF_EMPLOYED', "entity_status = 'active' and entity_type = 'individual_business'"),
    roles('COOP_MEMBER', "entity_status = 'active' and entity_type = 'farmers_cooperative'"),
    roles(
      'COMPANY_LEGAL_REP',
      `entity_status = 'active' and entity_type not in ${special} and "role" in ('legal_representative', 'executive')`,
    ),
    `select m.h, ${row('SPOUSE_UNDECLARED', 'civil_affairs', 'm.record_id', 'null', 'm.r')} from ${latest} m
     where m.state = 'married' and not exists (select 1 from entry o where o.h = m.h and not o.sup and o.key = m.spouse_key)`,
    `select m.h, ${row('MARITAL_CONFLICT', 'civil_affairs', 'm.record_id', 'null', 'm.r')} from ${latest} m
     join entry e on e.line = m.line where e.marital_status <> m.state`,
    `select h, ${row('RECENT_DIVORCE', 'civil_affairs', 'record_id')} from ${latest} m where state = 'divorced' and event_date > ${recent}`,
  ];
}

/** One row a household: n, Y, E, balance, vehicles, highest capital, other benefits, and the codes it has in common. */
function measures(d: Dialect): string[] {
  const sum = d.sum;
  return [
    ...d.step(
      'benefit',
      `select x.h, x.r, x.record_id, substr(x.region, 1, 6) <> substr(h.region, 1, 6) as elsewhere
       from x_assistance x join household h on h.h = x.h
       where x.same and x.active and x.exclusive and not x.dead and not x.sup
         and (h.own_benefit is null or x.benefit_no <> h.own_benefit)`,
    ),
    ...d.step(
      'measure',
      `select h.h, coalesce(i.n, 0)::int4 as n, greatest(0, coalesce(i.total, 0) + coalesce(s.total, 0)) as y,
         coalesce(i.spent, 0) as e, coalesce(a.balance, 0) as balance, coalesce(v.counted, 0)::int4 as vehicles,
         c.capital, coalesce(b.elsewhere, false) as elsewhere, coalesce(b.here, false) as here, coalesce(f.codes, 0) as codes
       from household h
       left join (select h, count(*) as n, ${sum('assessed - deduction')} as total, ${sum('rigid')} as spent
           from income_line where not sup group by h) i on i.h = h.h
       left join (select h, ${sum('amount')} as total from support_line group by h) s on s.h = h.h
       left join (select h, ${sum('balance')} as balance from x_account
           where same and not sup and status in ('01', '02', '06') group by h) a on a.h = h.h
       left join (select h, count(*) as counted from x_registration where same and owned and not exempt group by h) v on v.h = h.h
       left join (select h, max(capital) as capital from x_role where ${INVESTOR} group by h) c on c.h = h.h
       left join (select h, bool_or(elsewhere) as elsewhere, bool_or(not elsewhere) as here from benefit group by h) b on b.h = h.h
       left join (select h, bit_or(1::int8 << code_no) as codes from finding group by h) f on f.h = h.h`,
    ),
  ];
}

/** Roles whose subscribed capital counts against a programme's limit. */
export const INVESTOR = `same and in_force and entity_status = 'active'
  and entity_type not in ('individual_business', 'farmers_cooperative') and "role" = 'investor'`;
