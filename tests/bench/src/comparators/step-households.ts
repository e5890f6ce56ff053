import type { Dialect } from './dialect.js';
import { type Parameters, text } from './parameters.js';
import type { Step } from './step.js';

/** The best row of an amounts table for each place: the longest matching prefix, then the latest date. */
const amountOf = (table: string, asOf: string): string => `
  select region, area, amount from (
    select p.region, p.area, a.amount,
      row_number() over (partition by p.region, p.area order by length(a.prefix) desc, a.from_date desc) as best
    from spot p join ${table} a on a.area = p.area and a.from_date <= ${asOf} and starts_with(p.region, a.prefix)) ranked
  where best = 1`;

/** From the batch as loaded to its households and persons, with standards, states of sources and who has died. */
export function householdSteps(d: Dialect, p: Parameters): Step[] {
  const asOf = `date ${text(p.asOf)}`;
  return [
    {
      name: 'entry',
      sql: d.step(
        'entry',
        `with plain as materialized (
           select line, household_ref as ref, programme, verification_type, region, area, benefit_no,
             relation = 'supporter' as sup, ${d.key('id_type', 'id_number')} as key, ${d.nameForm('name')} as nm,
             marital_status, coalesce(${d.fen('declared_wage')}, 0) as d_wage,
             coalesce(${d.fen('declared_operating')}, 0) as d_operating,
             coalesce(${d.fen('declared_property')}, 0) as d_property,
             coalesce(${d.fen('declared_transfer')}, 0) as d_transfer,
             coalesce(${d.fen('declared_other')}, 0) as d_other,
             coalesce(${d.fen('rigid_expenditure')}, 0) as rigid,
             coalesce(household_size::int4, 1) as own_size,
             greatest(coalesce(supported_persons::int4, 1), 1) as supported, ${d.fen('agreed_support')} as agreed,
             row_number() over (partition by household_ref order by line)::int4 as r
           from batch_row)
         select p.*, p.line - p.r + 1 as h, d.key is not null as dead
         from plain p
         left join (select key, nm from fact_death where death_date <= ${asOf} group by key, nm) d
           on d.key = p.key and d.nm = p.nm`,
      ),
    },
    {
      name: 'place',
      sql: [
        ...d.step('spot', 'select distinct region, area from entry where r = 1'),
        ...d.step(
          'place',
          `select s.region, s.area, b.amount as monthly, y.amount as disposable from spot s
           join (${amountOf('policy_standard', asOf)}) b on b.region = s.region and b.area = s.area
           left join (${amountOf('policy_disposable', asOf)}) y on y.region = s.region and y.area = s.area`,
        ),
      ],
    },
    { name: 'source states', sql: sourceStates(d, asOf) },
    {
      name: 'household',
      sql: d.step(
        'household',
        `select e.h, e.ref, e.programme, e.verification_type, e.region, e.area,
           case when e.verification_type = 'periodic_review' then e.benefit_no end as own_benefit,
           p.monthly, p.disposable, s.answered
         from entry e join place p on p.region = e.region and p.area = e.area
         join region_state s on s.region = e.region
         where e.r = 1`,
      ),
    },
  ];
}

/**
 * State of each source for each region. Of the loads of one scope and type the last counts; it counts when it covers the region
 * and, if a delta, a full load that covers it came before.
 */
function sourceStates(d: Dialect, asOf: string): string[] {
  return [
    ...d.step(
      'region_source',
      `with region as (select distinct region from spot),
       last_load as (select * from (select l.*, row_number() over (partition by record_type, scope order by seq desc) as k from load l) ranked
         where k = 1),
       counting as (
         select r.region, l.source, l.record_type, max(l.as_of) as newest
         from region r join last_load l on starts_with(r.region, l.prefix)
         left join (select r2.region, f.record_type, min(f.seq) as first_full from region r2
             join load f on f.mode = 'full' and starts_with(r2.region, f.prefix) group by r2.region, f.record_type) full_load
           on full_load.region = r.region and full_load.record_type = l.record_type
         where l.mode = 'full' or full_load.first_full < l.seq
         group by r.region, l.source, l.record_type)
       select r.region, s.source_no, s.source, min(c.newest) as oldest, count(c.record_type) = s.types as whole,
         case when count(c.record_type) < s.types then 'no_reply'
              when s.freshness is null or min(c.newest) >= ${asOf} - s.freshness then 'answered' else 'stale' end as state
       from region r cross join source s
       left join counting c on c.region = r.region and c.source = s.source
       group by r.region, s.source_no, s.source, s.types, s.freshness`,
    ),
    ...d.step(
      'region_state',
      `select region, sum(case when state = 'answered' then 1 << source_no else 0 end)::int4 as answered,
         '[' || string_agg('{"source":"' || source || '","state":"' || state || '","asOf":'
           || case when whole then '"' || oldest::text || '"' else 'null' end || '}', ',' order by source_no) || ']' as sources
       from region_source group by region`,
    ),
  ];
}
