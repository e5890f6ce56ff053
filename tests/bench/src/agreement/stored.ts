import type pg from 'pg';
import type { Duck } from '../comparators/duckdb.js';
import { type Line, lineOfRows, type Row } from './canonical.js';

/** Reads rows as arrays. */
export type Read = (sql: string) => Promise<Row[]>;

export const readPostgres =
  (client: pg.Client): Read =>
  async (text) =>
    (await client.query<Row[number][]>({ text, rowMode: 'array' })).rows;

export const readDuck =
  (duck: Duck): Read =>
  async (sql) =>
    (await duck.connection.runAndReadAll(sql)).getRowsJS() as Row[];

const CHUNK = 5_000;

/** What a comparator wrote, report by report, in the order of the households' numbers; memory stays flat. */
export async function* storedReports(read: Read, suffixes: readonly string[]): AsyncGenerator<Line> {
  for (const suffix of suffixes) {
    for (let above = -1; ; ) {
      const reports = await read(
        `select h, ref, programme, verification_type, region, area, conclusion, tier, counted_members, monthly, annual_income, per_capita, sources
         from report${suffix} where h > ${above} order by h limit ${CHUNK}`,
      );
      const last = reports.at(-1);
      if (last === undefined) break;
      const within = `where h > ${above} and h <= ${Number(last[0])}`;
      const part = async (columns: string, table: string) =>
        byHousehold(await read(`select h, ${columns} from ${table}${suffix} ${within}`));
      const income = await part(
        'member, d_wage, v_wage, d_operating, v_operating, d_property, v_property, d_transfer, d_other, v_other, deduction',
        'report_income',
      );
      const support = await part('supporter, amount, basis', 'report_support');
      const findings = await part('code, effect, member, source, record_id, detail', 'report_finding');
      for (const report of reports) {
        const h = Number(report[0]);
        yield lineOfRows(report, income.get(h) ?? [], support.get(h) ?? [], findings.get(h) ?? []);
      }
      above = Number(last[0]);
    }
  }
}

function byHousehold(rows: Row[]): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const h = Number(row[0]);
    const group = groups.get(h);
    if (group) group.push(row);
    else groups.set(h, [row]);
  }
  return groups;
}
