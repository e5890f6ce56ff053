import { type Day, type Fen, formatDay, formatYuan } from '@hedui/contracts';
import { type InventedPerson, writtenName, writtenNumber } from './persons.js';
import type { Random } from './random.js';

export type Row = Record<string, string>;

export const HOUSEHOLD_COLUMNS =
  'household_ref,programme,verification_type,region,area,benefit_no,relation,id_type,id_number,name,marital_status,' +
  'declared_wage,declared_operating,declared_property,declared_transfer,declared_other,rigid_expenditure,household_size,' +
  'supported_persons,agreed_support,authorisation_no,authorised_on,authorised_until';
export const COUNTIES = [
  '520102',
  '520103',
  '520111',
  '520112',
  '520113',
  '520115',
  '520121',
  '520122',
  '520123',
  '520181',
];
const PROGRAMMES = ['urban_dibao', 'rural_dibao', 'dibao_margin', 'rigid_expenditure', 'public_housing'];
const TYPES = ['new_application', 'green_channel', 'petition', 'letter', 'periodic_review', 'special_inspection'];

export interface HouseholdRow {
  person: InventedPerson;
  row: Row;
}

export function inventHousehold(
  random: Random,
  ref: string,
  asOf: Day,
  person: (min: number, max: number) => InventedPerson,
): HouseholdRow[] {
  const programme = random.pick(PROGRAMMES);
  const type = random.pick(TYPES);
  const county = random.pick(COUNTIES);
  const area =
    programme === 'urban_dibao' ? 'urban' : programme === 'rural_dibao' ? 'rural' : random.pick(['urban', 'rural']);
  const relations = ['applicant'];
  if (random.chance(0.6)) relations.push('spouse');
  for (let i = random.below(3); i > 0; i--) relations.push('child');
  if (random.chance(0.2)) relations.push('parent');
  for (let i = random.chance(0.3) ? 1 + random.below(2) : 0; i > 0; i--) relations.push('supporter');
  return relations.map((relation, at) => {
    const who = relation === 'child' ? person(0, 22) : relation === 'parent' ? person(60, 95) : person(20, 75);
    const supporter = relation === 'supporter';
    const declared = (p: number, to: number): string =>
      random.chance(p) ? formatYuan((random.below(to) * 100 + random.below(100)) as Fen) : '';
    const household: Row =
      at === 0 || random.chance(0.3)
        ? {
            programme,
            verification_type: type,
            region: county + (Number(ref.slice(1)) % 3 === 0 ? '001' : ''),
            area,
            benefit_no: type === 'periodic_review' ? `BN${ref}` : '',
          }
        : {};
    return {
      person: who,
      row: {
        household_ref: ref,
        ...household,
        relation,
        id_number: writtenNumber(random, who.number),
        name: writtenName(random, who.name),
        marital_status: random.chance(0.4) ? random.pick(['unmarried', 'married', 'divorced', 'widowed']) : '',
        declared_wage: declared(0.4, 30000),
        declared_operating: declared(0.1, 5000),
        declared_transfer: declared(0.2, 9000),
        rigid_expenditure: supporter ? '' : declared(0.2, 30000),
        household_size: supporter ? String(1 + random.below(4)) : '',
        supported_persons: supporter ? String(1 + random.below(3)) : '',
        agreed_support: supporter && random.chance(0.2) ? '6000.00' : '',
        authorisation_no: `SQ${ref}-${at}`,
        authorised_on: formatDay((asOf - random.below(40)) as Day),
        authorised_until: random.chance(0.5) ? formatDay((asOf + random.below(90)) as Day) : '',
      },
    };
  });
}

/** Breaks a source row in one of the ways that files are broken. */
export function damageRecord(random: Random, row: Readonly<Row>): Row {
  return random.pick<(row: Readonly<Row>) => Row>([
    (r) => ({ ...r, id_number: '5.20001E+17' }),
    (r) => ({ ...r, id_number: '520000********0013' }),
    (r) => ({ ...r, id_number: '520000196203180014' }),
    (r) => ({ ...r, id_number: '' }),
    (r) => ({ ...r, name: '' }),
  ])(row);
}

/** Breaks a household and says with which code it must be rejected. */
export function damageHousehold(random: Random, rows: HouseholdRow[], asOf: Day): string {
  const first = rows[0];
  if (!first) throw new RangeError('a household has rows');
  return random.pick<() => string>([
    () => {
      first.row.id_number = '520000196203180014';
      return 'ID_INVALID';
    },
    () => {
      first.row.authorisation_no = '';
      return 'AUTHORISATION_MISSING';
    },
    () => {
      first.row.authorised_until = formatDay((asOf - 1) as Day);
      return 'AUTHORISATION_EXPIRED';
    },
    () => {
      first.row.relation = 'other';
      return 'APPLICANT_COUNT';
    },
    () => {
      for (const { row } of rows) if (row.programme) row.programme = 'no_such_programme';
      return 'PROGRAMME_UNKNOWN';
    },
    () => {
      first.row.declared_wage = '1,234.50';
      return 'VALUE_INVALID';
    },
    () => {
      first.row.declared_wage = '1.2E+04';
      return 'EXCEL_DAMAGED';
    },
  ])();
}
