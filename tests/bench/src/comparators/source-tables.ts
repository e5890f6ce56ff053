import { RECORD_TYPES, type RecordTypeName } from '@hedui/contracts';
import type { Dialect } from './dialect.js';

/** Columns of the raw tables that are not text: what a COPY of the file itself has to read anyway. */
const RAW_TYPES: Readonly<Record<string, string>> = {
  gross_amount: 'numeric(14,2)',
  tax_paid: 'numeric(14,2)',
  assessed_value: 'numeric(14,2)',
  wage_base: 'numeric(14,2)',
  monthly_deposit: 'numeric(14,2)',
  balance: 'numeric(14,2)',
  loan_monthly_repayment: 'numeric(14,2)',
  subscribed_capital: 'numeric(14,2)',
  monthly_amount: 'numeric(14,2)',
  filed_on: 'date',
  registered_on: 'date',
  disposed_on: 'date',
  opened_on: 'date',
  since: 'date',
  until: 'date',
  event_date: 'date',
  death_date: 'date',
  cremation_date: 'date',
  from_date: 'date',
  to_date: 'date',
};

/** The record type that a load names. Throws TypeError on one that the rules do not know. */
export function recordType(name: string): RecordTypeName {
  const found = RECORD_TYPES.find((entry) => entry.type === name);
  if (found === undefined) throw new TypeError(`no table for ${name}`);
  return found.type;
}
/** Name of the raw table of a record type; some names of types are words of SQL. */
export const rawTable = (type: RecordTypeName): string => `raw_${type}`;

export const factTable = (type: RecordTypeName): string => `fact_${type}`;

/** The raw table of a record type, its columns in the order of the file's header. */
export function rawTableOf(type: RecordTypeName, header: readonly string[], prefix = ''): string {
  const columns = header.map((name) => `"${name}" ${RAW_TYPES[name] ?? 'text'}`);
  return `create table ${prefix}${rawTable(type)} (${columns.join(', ')})`;
}

/** Columns of the narrow table of each type besides the person's key and name and the record's id. */
function narrowColumns(d: Dialect, type: RecordTypeName): string {
  const fen = (column: string) => d.fen(column);
  const month = (column: string) => `(left(${column}, 4)::int4 * 12 + substr(${column}, 6, 2)::int4 - 1)`;
  switch (type) {
    case 'income':
      return `${month('period')} as month, case when income_item in ('wages', 'labour_service', 'author_royalty') then 0
        when income_item = 'operating' then 1 when income_item = 'incidental' then 3 else 2 end::int2 as category,
        ${fen('gross_amount')}::float8 as gross`;
    case 'account':
      return `status, (extract(year from opened_on) * 12 + extract(month from opened_on) - 1)::int4 as opened,
        ${month('paid_through')} as paid, ${fen('wage_base')} as wage_base, ${fen('balance')} as balance,
        ${fen('loan_monthly_repayment')} as loan`;
    case 'registration':
      return 'plate_type, use_nature, status, registered_on, disposed_on';
    case 'role':
      return `entity_type, "role", entity_status, ${fen('subscribed_capital')} as capital, since, until`;
    case 'death':
      return 'death_date';
    case 'assistance':
      return 'programme, benefit_no, region, from_date, to_date';
    case 'marriage':
      throw new TypeError('a marriage is written for each of its two persons');
  }
}

/**
 * The statements that make the narrow tables from the raw ones: documents as int8, names in compared form, money in fen,
 * sorted by person and indexed. Made once when the sources are loaded, outside every time that is compared: what is here
 * speaks for the comparators.
 */
export function narrowTables(d: Dialect, type: RecordTypeName): string[] {
  const own = `${d.key('id_type', 'id_number')} as key, ${d.nameForm('name')} as nm, record_id`;
  const select =
    type === 'marriage'
      ? `with both_keys as (select record_id, state, event_date, ${d.key('id_type', 'id_number')} as key, ${d.nameForm('name')} as nm,
           ${d.key('spouse_id_type', 'spouse_id_number')} as spouse_key, ${d.nameForm('spouse_name')} as spouse_nm from ${rawTable(type)})
         select key, nm, record_id, spouse_key, state, event_date from both_keys
         union all select spouse_key, spouse_nm, record_id, key, state, event_date from both_keys`
      : `select ${own}, ${narrowColumns(d, type)} from ${rawTable(type)}`;
  const make = `create table ${factTable(type)} as select * from (${select}) narrow order by key`;
  return d.name === 'duckdb'
    ? [make]
    : [make, `create index on ${factTable(type)} (key)`, `vacuum analyze ${factTable(type)}`];
}
