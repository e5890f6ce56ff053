import type { RecordTypeName } from '@hedui/contracts';
import type { Dialect } from './dialect.js';
import { type Parameters, text } from './parameters.js';
import type { Step } from './step.js';

/** A list for `in (…)`; an empty one matches nothing. */
const listed = (items: Iterable<string>): string => {
  const texts = [...items].map(text);
  return texts.length > 0 ? `(${texts.join(', ')})` : "('')";
};

/** The persons' records: one table a type, with `same` where the names agree. Others are kept for ID_NAME_MISMATCH alone. */
export function factSteps(d: Dialect, p: Parameters): Step[] {
  const asOf = `date ${text(p.asOf)}`;
  const recent = `date ${text(p.recentAfter)}`;
  const { exemptPlateTypes, goneStatus, exclusiveProgrammes } = p.policy;
  const gone = goneStatus.length > 0 ? `translate(f.status, ${text(goneStatus.join(''))}, '') = f.status` : 'true';
  const join = (type: RecordTypeName, columns: string, who: string): string =>
    `select e.line, e.h, e.r, e.sup, f.nm = e.nm as same, ${columns}
     from entry e join fact_${type} f on f.key = e.key where ${who}`;
  const living = 'not e.dead';
  const member = 'not e.dead and not e.sup';
  return [
    {
      name: 'accounts',
      sql: d.step(
        'x_account',
        join('account', 'f.record_id, f.status, f.opened, f.paid, f.wage_base, f.balance, f.loan', living),
      ),
    },
    {
      name: 'vehicles',
      sql: d.step(
        'x_registration',
        join(
          'registration',
          `f.record_id, f.use_nature, f.plate_type in ${listed(exemptPlateTypes)} as exempt,
           f.registered_on <= ${asOf} and (f.disposed_on is null or f.disposed_on > ${asOf}) and ${gone} as owned,
           coalesce(f.disposed_on > ${recent} and f.disposed_on <= ${asOf}, false) as gone_lately`,
          member,
        ),
      ),
    },
    {
      name: 'roles',
      sql: d.step(
        'x_role',
        join(
          'role',
          `f.record_id, f.entity_type, f."role", f.entity_status, f.capital,
           (f.since is null or f.since <= ${asOf}) and (f.until is null or f.until > ${asOf}) as in_force`,
          member,
        ),
      ),
    },
    {
      name: 'marriages',
      sql: d.step('x_marriage', join('marriage', 'f.record_id, f.spouse_key, f.state, f.event_date', member)),
    },
    {
      name: 'assistance',
      sql: d.step(
        'x_assistance',
        `select e.line, e.h, e.r, e.sup, e.dead, f.nm = e.nm as same, f.record_id, f.benefit_no, f.region,
           f.from_date <= ${asOf} and (f.to_date is null or f.to_date >= ${asOf}) as active,
           f.programme in ${listed(exclusiveProgrammes)} as exclusive
         from entry e join fact_assistance f on f.key = e.key where not (e.sup and e.dead)`,
      ),
    },
  ];
}
