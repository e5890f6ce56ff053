import { type Day, type PersonKey, purposeOf, type RowCode, ruleText } from '@hedui/contracts';
import { adultOn } from '@hedui/identity-numbers';
import type { Queryable } from '@hedui/postgres';
import type { Pseudonyms } from '@hedui/privacy';
import { papersOf, type StoredPaper } from '../db/authorisations.js';
import { endingsOf, type StoredEnding } from '../db/endings.js';
import type { IntakePerson, Reject } from '../intake/household.js';
import { CHECK_SOURCES, endsFor, type Look, paperFault } from './in-force.js';
import { numberKeyOf } from './paper-keys.js';

/** What papers are held against. */
export interface PaperHousehold {
  programme: string;
  persons: readonly PaperPerson[];
}

export interface PaperPerson extends Pick<IntakePerson, 'line' | 'authorisationNo'> {
  identity: Pick<IntakePerson['identity'], 'birthDate'>;
}

/** A household that came in, with the keys of its persons, row by row. */
export interface Suspect {
  household: PaperHousehold;
  persons: readonly PersonKey[];
}

/** What is known of the papers of some persons. */
interface Known {
  papers: ReadonlyMap<string, readonly StoredPaper[]>;
  endings: ReadonlyMap<string, readonly StoredEnding[]>;
}

/**
 * Holds households against registered papers and endings; the faults of each, none where all is well. A paper that was ended is
 * AUTHORISATION_EXPIRED, also for a minor. For an adult whose paper's number is registered, the register decides: it covers the persons
 * registered under that number and nobody else (who joined must sign), its days, its purposes and its sources.
 */
export async function paperFaults(
  db: Queryable,
  pseudonyms: Pseudonyms,
  suspects: readonly Suspect[],
  asOf: Day,
): Promise<Reject[][]> {
  const numbers = new Map<string, Buffer>();
  for (const { household } of suspects) {
    for (const { authorisationNo } of household.persons) {
      if (authorisationNo !== null && !numbers.has(authorisationNo)) {
        numbers.set(authorisationNo, numberKeyOf(pseudonyms, authorisationNo));
      }
    }
  }
  const persons = suspects.flatMap((suspect) => suspect.persons.map((person) => Buffer.from(person, 'hex')));
  const known: Known = {
    papers: grouped(await papersOf(db, { numbers: [...numbers.values()] })),
    endings: grouped(await endingsOf(db, persons)),
  };
  return suspects.map(({ household, persons: keys }) =>
    household.persons.flatMap((row, i): Reject[] => {
      const number = row.authorisationNo === null ? undefined : numbers.get(row.authorisationNo);
      const person = keys[i];
      if (number === undefined || person === undefined) return [];
      const code = rowFault(row, person, number.toString('hex'), household.programme, asOf, known);
      return code === null ? [] : [{ line: row.line, column: 'authorisation_no', code, rule: ruleText(code) }];
    }),
  );
}

function rowFault(
  row: PaperPerson,
  person: PersonKey,
  number: string,
  programme: string,
  asOf: Day,
  { papers, endings }: Known,
): RowCode | null {
  const own = ({ personKey }: { personKey: Buffer }) => personKey.toString('hex') === person;
  if (endings.get(number)?.some((ending) => own(ending) && endsFor(ending, programme))) return 'AUTHORISATION_EXPIRED';
  const registered = papers.get(number);
  if (registered === undefined || !adultOn(row.identity.birthDate, asOf)) return null;
  const look: Look = { on: asOf, purpose: purposeOf(programme), sources: CHECK_SOURCES };
  const paper = registered.find(own);
  return paper === undefined ? 'AUTHORISATION_MISSING' : paperFault(paper, look);
}

function grouped<T extends { numberKey: Buffer }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = row.numberKey.toString('hex');
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}

/** The reject list of a household: its faults, and its faultless rows as those of a rejected household. */
export function rejectsOf(household: PaperHousehold, faults: readonly Reject[]): Reject[] {
  const faulty = new Set(faults.map(({ line }) => line));
  const code = 'HOUSEHOLD_REJECTED';
  const others = household.persons.filter(({ line }) => !faulty.has(line));
  return [...faults, ...others.map(({ line }): Reject => ({ line, column: null, code, rule: ruleText(code) }))];
}
