import type { Dialect } from './dialect.js';
import type { Parameters } from './parameters.js';
import type { Step } from './step.js';

const MONTHS = Array.from({ length: 12 }, (_, at) => at);

/** Income of every living person: tax and fund wages month against month, then the categories, deduction and support. */
export function incomeSteps(d: Dialect, p: Parameters): Step[] {
  const { employmentCost, supporter } = p.policy;
  const month = (at: number): number => p.windowStart + at;
  const inWindow = `f.nm = e.nm and f.month >= ${p.windowStart} and f.month < ${p.windowEnd}`;
  const tax = `select e.line, bool_or(f.nm <> e.nm) as other_name,
      ${MONTHS.map((at) => `${d.sum('f.gross', `f.category = 0 and f.month = ${month(at)} and f.nm = e.nm`)} as t${at}`).join(',\n')},
      ${d.sum('f.gross', `f.category = 0 and ${inWindow}`)} as wage,
      ${d.sum('f.gross', `f.category = 1 and ${inWindow}`)} as operating,
      ${d.sum('f.gross', `f.category = 2 and ${inWindow}`)} as property,
      ${d.sum('f.gross', `f.category = 3 and ${inWindow}`)} as other
    from entry e join fact_income f on f.key = e.key where not e.dead group by e.line`;
  const fund = `select line,
      ${MONTHS.map((at) => `${d.sum('wage_base', `opened <= ${month(at)} and paid >= ${month(at)}`)} as f${at}`).join(',\n')}
    from x_account where same and status <> '03' and paid >= ${p.windowStart} and opened < ${p.windowEnd} group by line`;
  const each = (term: (tax: string, fund: string) => string): string =>
    MONTHS.map((at) => term(`coalesce(t.t${at}, 0)`, `f.f${at}`)).join(' + ');
  // Months are compared only for those who have an account; for the others the sum of the tax wages is the wage.
  const both = `select f.line, ${each((a, b) => `greatest(${a}, ${b})`)} as wage,
      ${each((a, b) => `case when ${b} > ${a} then 1 else 0 end`)}
        > ${each((a, b) => `case when ${a} > 0 and ${a} >= ${b} then 1 else 0 end`)} as by_fund
    from fund_month f left join tax_month t on t.line = f.line`;
  const verified = `select e.line, e.h, e.r, e.sup, e.d_wage, e.d_operating, e.d_property, e.d_transfer, e.d_other, e.rigid,
      e.own_size, e.supported, e.agreed, coalesce(w.wage, t.wage, 0) as v_wage, coalesce(t.operating, 0) as v_operating,
      coalesce(t.property, 0) as v_property, coalesce(t.other, 0) as v_other, coalesce(w.by_fund, false) as by_fund
    from entry e left join tax_month t on t.line = e.line left join fund_wage w on w.line = e.line
    where not e.dead`;
  const share = d.quotient(`greatest(d_wage, v_wage) * ${employmentCost.percent}`, '10000');
  const line = `12 * ${d.wide('i.own_size')} * h.monthly * ${supporter.standardMultiple}`;
  const formula = d.wideQuotient(
    `(greatest(0, ${d.wide('i.assessed')} * 100 - ${line}) * ${supporter.ratePercent})`,
    `(1000000 * ${d.wide('i.supported')})`,
  );
  return [
    { name: 'tax by month', sql: d.step('tax_month', tax) },
    { name: 'fund by month', sql: d.step('fund_month', fund) },
    {
      name: 'wages of both',
      sql: d.step('fund_wage', both),
    },
    {
      name: 'income',
      sql: d.step(
        'income_line',
        `select v.*, greatest(d_wage, v_wage) + greatest(d_operating, v_operating) + greatest(d_property, v_property)
             + d_transfer + greatest(d_other, v_other) as assessed,
           least(${share}, ${employmentCost.yearlyCap}) as deduction
         from (${verified}) v`,
      ),
    },
    {
      name: 'support',
      sql: d.step(
        'support_line',
        `select i.h, i.r,
           case when i.agreed is not null then i.agreed when b.line is not null then 0 else ${formula} end as amount,
           case when i.agreed is not null then 'agreed' when b.line is not null then 'recipient' else 'formula' end as basis
         from income_line i join household h on h.h = i.h
         left join (select distinct line from x_assistance where same and active and exclusive and sup) b on b.line = i.line
         where i.sup
         union all select h, r, 0, 'recipient' from entry where sup and dead`,
      ),
    },
  ];
}
