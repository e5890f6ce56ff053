import {
  AREAS,
  type BenefitKey,
  type Day,
  type Fen,
  MARITAL_STATUSES,
  type NameKey,
  RELATIONS,
  type RequestPerson,
  VERIFICATION_TYPES,
} from '@hedui/contracts';
import { normaliseName } from '@hedui/identity-numbers';
import type { HouseholdCase } from '@hedui/means-test';
import { blankOr, type Cells, matching, money, oneOf, person, text } from './cells.js';
import type { CsvRow } from './csv.js';

/** The rows of each household, in file order. */
export function groupHouseholds(rows: readonly CsvRow[]): Map<string, Cells[]> {
  const households = new Map<string, Cells[]>();
  for (const { cells } of rows) {
    const ref = cells.household_ref ?? '';
    const rest = households.get(ref);
    if (rest) rest.push(cells);
    else households.set(ref, [cells]);
  }
  return households;
}

/** A household that has been accepted; throws BadCell on a value that should have been refused. */
export function householdCase(rows: readonly Cells[], asOf: Day): HouseholdCase & { names: string[] } {
  const [first = {}] = rows;
  return {
    programme: text(first, 'programme'),
    verificationType: oneOf(VERIFICATION_TYPES)(first, 'verification_type'),
    region: matching(first, 'region', /^\d{6}(?:\d{3})?$/),
    area: oneOf(AREAS)(first, 'area'),
    asOf,
    ownBenefit: (first.benefit_no || null) as BenefitKey | null,
    persons: rows.map(readPerson),
    names: rows.map((row) => normaliseName(text(row, 'name'))),
  };
}

function readPerson(cells: Cells): RequestPerson {
  const yuan = (column: string): Fen => blankOr(cells, column, money) ?? (0 as Fen);
  const count = (column: string): number => Number(blankOr(cells, column, (c, n) => matching(c, n, /^\d+$/)) ?? '1');
  return {
    relation: oneOf(RELATIONS)(cells, 'relation'),
    person: person(cells),
    name: normaliseName(text(cells, 'name')) as string as NameKey,
    maritalStatus: blankOr(cells, 'marital_status', oneOf(MARITAL_STATUSES)),
    declared: [
      yuan('declared_wage'),
      yuan('declared_operating'),
      yuan('declared_property'),
      yuan('declared_transfer'),
      yuan('declared_other'),
    ],
    rigidExpenditure: yuan('rigid_expenditure'),
    householdSize: count('household_size'),
    supportedPersons: count('supported_persons'),
    agreedSupport: blankOr(cells, 'agreed_support', money),
  };
}
