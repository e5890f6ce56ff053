import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { type Day, formatDay, parseDay } from '@hedui/contracts';
import { COUNTIES, damageHousehold, damageRecord, HOUSEHOLD_COLUMNS, inventHousehold, type Row } from './households.js';
import { personMaker } from './persons.js';
import { seededRandom } from './random.js';
import { CITY_FILES, type CityRecordType, recordsOf } from './records.js';

export interface CityOptions {
  seed: number;
  households: number;
  /** Persons with records who belong to no household. */
  bystanders: number;
  /** YYYY-MM-DD */
  asOf: string;
  /** Share of rows, of sources and of households, that are damaged and must be rejected (default 0.002). */
  damaged?: number;
}

/** What must come of the city, besides what the rules say. */
export interface CityFacts {
  households: number;
  persons: number;
  /** household_ref → the reject code that must be among its reasons. */
  rejected: Readonly<Record<string, string>>;
  /** record type → rows in its file, and which record ids must be rejected. */
  files: Readonly<Record<CityRecordType, { rows: number; rejectedIds: readonly string[] }>>;
}

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function byType<T>(make: (type: CityRecordType) => T): Record<CityRecordType, T> {
  return {
    income: make('income'),
    registration: make('registration'),
    account: make('account'),
    role: make('role'),
    marriage: make('marriage'),
    death: make('death'),
    assistance: make('assistance'),
  };
}

/** One growing CSV file that respects back-pressure. */
class CsvFile {
  private readonly stream: WriteStream;
  private readonly columns: readonly string[];
  private block = '';
  rows = 0;
  constructor(file: string, columns: string) {
    this.stream = createWriteStream(file);
    this.columns = columns.split(',');
    this.block = `${columns}\n`;
  }
  add(row: Readonly<Row>): void {
    this.block += `${this.columns.map((c) => quoted(row[c] ?? '')).join(',')}\n`;
    this.rows++;
  }
  async flush(): Promise<void> {
    const block = this.block;
    this.block = '';
    if (block && !this.stream.write(block)) await once(this.stream, 'drain');
  }
  async end(): Promise<void> {
    await this.flush();
    this.stream.end();
    await finished(this.stream);
  }
}

/**
 * Writes an invented city to `directory`, as a stream: seven source files, `loads.json`, `households.csv` (policy: the
 * sample's). The same options give the same bytes. Rows that must be rejected come back in CityFacts.
 */
export async function writeCity(directory: string, options: CityOptions): Promise<CityFacts> {
  const asOf = parseDay(options.asOf);
  if (asOf === null) throw new TypeError('asOf is YYYY-MM-DD');
  const damaged = options.damaged ?? 0.002;
  await mkdir(directory, { recursive: true });
  const random = seededRandom(options.seed);
  const person = personMaker(random, asOf);
  const types = Object.keys(CITY_FILES) as CityRecordType[];
  const files = byType((type) => new CsvFile(path.join(directory, `${type}.csv`), CITY_FILES[type].columns));
  const rejectedIds = byType((): string[] => []);
  const households = new CsvFile(path.join(directory, 'households.csv'), HOUSEHOLD_COLUMNS);
  const rejected: Record<string, string> = {};
  let serial = 0;
  let persons = 0;
  const nextId = (prefix: string): string => `${prefix}${String(serial++).padStart(8, '0')}`;
  const sink = (type: CityRecordType, row: Readonly<Row>): void => {
    const breaks = random.chance(damaged);
    files[type].add(breaks ? damageRecord(random, row) : row);
    if (breaks) rejectedIds[type].push(row.record_id ?? '');
  };
  const flush = () => Promise.all([households, ...types.map((type) => files[type])].map((file) => file.flush()));

  for (let i = 0; i < options.households; i++) {
    const ref = `G${String(i).padStart(7, '0')}`;
    const rows = inventHousehold(random, ref, asOf, person);
    const damage = random.chance(damaged) ? damageHousehold(random, rows, asOf) : null;
    if (damage) rejected[ref] = damage;
    for (const { row } of rows) households.add(row);
    persons += rows.length;
    const adults = rows.filter((r) => r.row.relation === 'applicant' || r.row.relation === 'spouse');
    rows.forEach((r, at) => {
      const partner = at === 0 ? adults[1]?.person : undefined;
      const spouse = partner ?? (at === 0 && random.chance(0.05) ? person(20, 80) : null);
      recordsOf(
        random,
        r.person,
        {
          asOf,
          spouse,
          region: rows[0]?.row.region ?? '520102',
          benefitNo: at === 0 ? (rows[0]?.row.benefit_no ?? '') : '',
          nextId,
        },
        sink,
      );
    });
    if (i % 500 === 499) await flush();
  }
  for (let i = 0; i < options.bystanders; i++) {
    const spouse = random.chance(0.2) ? person(20, 90) : null;
    recordsOf(random, person(0, 90), { asOf, spouse, region: random.pick(COUNTIES), benefitNo: '', nextId }, sink);
    if (i % 2000 === 1999) await flush();
  }
  const dataDate = formatDay((asOf - 5) as Day);
  const loads = types.map((type) => ({
    source: CITY_FILES[type].source,
    type,
    file: `${type}.csv`,
    scope: '520100',
    asOf: dataDate,
    mode: 'full',
  }));
  await writeFile(path.join(directory, 'loads.json'), `${JSON.stringify(loads, null, 1)}\n`);
  await Promise.all([households, ...types.map((type) => files[type])].map((file) => file.end()));
  return {
    households: options.households,
    persons,
    rejected,
    files: byType((type) => ({ rows: files[type].rows, rejectedIds: rejectedIds[type] })),
  };
}
