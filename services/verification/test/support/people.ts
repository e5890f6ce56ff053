import { checkCharacter } from '@hedui/identity-numbers';
import { BATCH_COLUMNS, type BatchColumn } from '../../src/intake/columns.js';

/** A resident number of nobody: the prefix is a province's own code. */
export function residentNumber(birth: string, sequence: number): string {
  const seventeen = `520000${birth}${String(sequence).padStart(3, '0')}`;
  return `${seventeen}${checkCharacter(seventeen)}`;
}

export type Row = Partial<Record<BatchColumn, string>>;

/** A good row of an adult applicant; `n` makes the person. */
export function applicant(ref: string, n: number, over: Row = {}): Row {
  return {
    household_ref: ref,
    programme: 'urban_dibao',
    verification_type: 'new_application',
    region: '520102',
    area: 'urban',
    relation: 'applicant',
    id_number: residentNumber(`19${60 + (n % 40)}0${1 + (n % 9)}1${n % 10}`, (n * 7) % 1000),
    name: `张三${String.fromCodePoint(0x4e00 + n)}`,
    declared_wage: '1200.50',
    authorisation_no: `SQ-${n}`,
    authorised_on: '2026-10-01',
    ...over,
  };
}

/** A later row: the household columns are blank. */
export function member(ref: string, n: number, relation: string, over: Row = {}): Row {
  return {
    ...applicant(ref, n),
    programme: '',
    verification_type: '',
    region: '',
    area: '',
    relation,
    declared_wage: '',
    ...over,
  };
}

const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** Rows as a CSV with every column. */
export function csv(...rows: readonly Row[]): string {
  const names = BATCH_COLUMNS.map((column) => column.name);
  return [names.join(','), ...rows.map((row) => names.map((name) => quoted(row[name] ?? '')).join(','))].join('\n');
}

/** Households `H1` … of one person each. */
export function households(count: number): Row[] {
  return Array.from({ length: count }, (_, i) =>
    applicant(`H${i + 1}`, 0, { id_number: residentNumber(`19${60 + (i % 40)}0101`, Math.floor(i / 40)) }),
  );
}
