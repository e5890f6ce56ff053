import {
  type Area,
  type Day,
  type Fen,
  liesWithin,
  type MaritalStatus,
  purposeOf,
  type Reachable,
  type Relation,
  type RowCode,
  ruleText,
  type VerificationType,
} from '@hedui/contracts';
import { adultOn, type Identity } from '@hedui/identity-numbers';
import { householdProblems, type Policy } from '@hedui/means-test';
import type { CellValue } from '@hedui/tables';
import { AT, type BatchColumn, HOUSEHOLD_COLUMNS, HOUSEHOLD_REQUIRED } from './columns.js';
import type { RowGroup } from './groups.js';
import type { IntakeHousehold, IntakePerson, Reject } from './household.js';
import { type JudgedRow, judgeRow } from './rows.js';

export type Judgement = { ok: true; household: IntakeHousehold } | { ok: false; rejects: Reject[] };

const reject = (line: number, column: BatchColumn | null, code: RowCode): Reject => ({
  line,
  column,
  code,
  rule: ruleText(code),
});

/**
 * Judges households under one policy at one as-of date, within the reach of whoever submits them. Never throws on any rows.
 */
export function createJudge(
  policy: Policy,
  asOf: Day,
  reach: Pick<Reachable, 'regions' | 'purposes'>,
): (group: RowGroup) => Judgement {
  const known = new Map<string, readonly RowCode[]>();

  /** Few combinations of programme, region and area stand in a batch: each is looked up once. */
  function problems(programme: string, region: string, area: Area): readonly RowCode[] {
    const key = `${area} ${region} ${programme}`;
    const found = known.get(key);
    if (found) return found;
    const codes = [...householdProblems(policy, { programme, region, area, asOf }), ...forbidden(programme, region)];
    if (known.size < 10_000) known.set(key, codes);
    return codes;
  }

  /** What the submitter may not ask about; unknown programmes are refused anyway. */
  function forbidden(programme: string | null, region: string | null): RowCode[] {
    const codes: RowCode[] = [];
    if (region !== null && !liesWithin(region, reach.regions)) codes.push('REGION_FORBIDDEN');
    if (programme !== null && policy.programmes.has(programme) && !reach.purposes.includes(purposeOf(programme))) {
      codes.push('PURPOSE_FORBIDDEN');
    }
    return codes;
  }

  /** What the policy says of the household; of what could not be read only what is certain. */
  function policyFaults(first: JudgedRow): readonly RowCode[] {
    const programme = textAt(first, 'programme');
    const region = textAt(first, 'region');
    const area = textAt(first, 'area') as Area | null;
    if (programme !== null && region !== null && area !== null) return problems(programme, region, area);
    const outOfReach = forbidden(programme, region);
    if (programme === null) return outOfReach;
    const rule = policy.programmes.get(programme);
    if (rule === undefined) return ['PROGRAMME_UNKNOWN', ...outOfReach];
    return area !== null && rule.area !== null && rule.area !== area ? ['AREA_MISMATCH', ...outOfReach] : outOfReach;
  }

  function householdFaults(rows: readonly JudgedRow[], first: JudgedRow, part: RowGroup['part']): Reject[] {
    const faults: Reject[] = [];
    for (const code of policyFaults(first)) faults.push(reject(first.line, null, code));
    if (part === 'head') faults.push(reject(first.line, null, 'HOUSEHOLD_TOO_LARGE'));
    let applicants = 0;
    for (const row of rows) {
      // Whom a broken row would have named cannot be told.
      if (row.malformed) return faults;
      if (row.values[AT.relation] === 'applicant') applicants++;
    }
    if (applicants !== 1) faults.push(reject(first.line, null, 'APPLICANT_COUNT'));
    return faults;
  }

  return (group) => {
    const rows = group.rows.map(judgeRow);
    const first = rows[0];
    if (first === undefined) throw new TypeError('a household has at least one row');
    // A row that names no household, and what comes after the limit, has no household to judge.
    const alone = group.ref === '' || group.part === 'tail';
    const faults: Reject[] = alone ? [] : householdFaults(rows, first, group.part);
    const seen: Identity[] = [];
    for (const row of rows) {
      for (const fault of row.faults) faults.push({ line: row.line, ...fault });
      if (row.malformed) continue;
      if (!alone) householdColumns(row, first, faults);
      personFaults(row, asOf, seen, faults);
    }
    if (faults.length === 0 && !alone) return { ok: true, household: householdOf(group.ref, rows, first) };
    const faulty = new Set(faults.map((fault) => fault.line));
    for (const row of rows) if (!faulty.has(row.line)) faults.push(reject(row.line, null, 'HOUSEHOLD_REJECTED'));
    return { ok: false, rejects: faults };
  };
}

/** The first row carries the household columns; a later one that gives them gives the same. */
function householdColumns(row: JudgedRow, first: JudgedRow, faults: Reject[]): void {
  if (row === first) {
    for (const column of HOUSEHOLD_REQUIRED) {
      if (row.cells[AT[column]] === '') faults.push(reject(row.line, column, 'COLUMN_MISSING'));
    }
    return;
  }
  if (first.malformed) return;
  for (const column of HOUSEHOLD_COLUMNS) {
    const cell = row.cells[AT[column]];
    if (cell !== '' && cell !== first.cells[AT[column]]) {
      faults.push(reject(row.line, column, 'HOUSEHOLD_CONTRADICTORY'));
    }
  }
}

/** `seen`: the persons of the household so far; a household has too few for an index to pay. */
function personFaults(row: JudgedRow, asOf: Day, seen: Identity[], faults: Reject[]): void {
  const identity = row.values[AT.id_number] as Identity | null;
  if (identity === null || identity === undefined) return;
  const { type, number, birthDate } = identity;
  if (seen.some((other) => other.number === number && other.type === type)) {
    faults.push(reject(row.line, 'id_number', 'PERSON_REPEATED'));
  }
  seen.push(identity);
  if (birthDate !== null && birthDate > asOf) faults.push(reject(row.line, 'id_number', 'ID_INVALID'));
  else if (adultOn(birthDate, asOf)) authorisationFaults(row, asOf, faults);
}

/** An adult needs a number, a signing date not after the as-of date, and an end that is blank or not before it. */
function authorisationFaults(row: JudgedRow, asOf: Day, faults: Reject[]): void {
  const { cells, values, line } = row;
  if (cells[AT.authorisation_no] === '') faults.push(reject(line, 'authorisation_no', 'AUTHORISATION_MISSING'));
  const on = values[AT.authorised_on] as number | null;
  if (cells[AT.authorised_on] === '' || (on !== null && on > asOf)) {
    faults.push(reject(line, 'authorised_on', 'AUTHORISATION_MISSING'));
  }
  const until = values[AT.authorised_until] as number | null;
  if (until !== null && until < asOf) faults.push(reject(line, 'authorised_until', 'AUTHORISATION_EXPIRED'));
}

function textAt(row: JudgedRow, column: BatchColumn): string | null {
  const value = row.values[AT[column]];
  return typeof value === 'string' ? value : null;
}

function householdOf(ref: string, rows: readonly JudgedRow[], first: JudgedRow): IntakeHousehold {
  const { values } = first;
  return {
    ref,
    programme: values[AT.programme] as string,
    verificationType: values[AT.verification_type] as VerificationType,
    region: values[AT.region] as string,
    area: values[AT.area] as Area,
    benefitNo: values[AT.benefit_no] as string | null,
    persons: rows.map(personOf),
  };
}

/** What a column holds after every rule was kept. */
function personOf({ line, values }: JudgedRow): IntakePerson {
  const fen = (value: CellValue | undefined) => (value ?? 0) as Fen;
  const relation = values[AT.relation] as Relation;
  // Columns for supporters mean nothing on a member's row.
  const supporter = relation === 'supporter';
  return {
    line,
    relation,
    identity: values[AT.id_number] as Identity,
    name: values[AT.name] as string,
    maritalStatus: values[AT.marital_status] as MaritalStatus | null,
    declared: [
      fen(values[AT.declared_wage]),
      fen(values[AT.declared_operating]),
      fen(values[AT.declared_property]),
      fen(values[AT.declared_transfer]),
      fen(values[AT.declared_other]),
    ],
    rigidExpenditure: fen(values[AT.rigid_expenditure]),
    householdSize: supporter ? ((values[AT.household_size] ?? 1) as number) : 1,
    supportedPersons: supporter ? ((values[AT.supported_persons] ?? 1) as number) : 1,
    agreedSupport: supporter ? (values[AT.agreed_support] as Fen | null) : null,
    authorisationNo: values[AT.authorisation_no] as string | null,
    authorisedOn: values[AT.authorised_on] as Day | null,
    authorisedUntil: values[AT.authorised_until] as Day | null,
  };
}
