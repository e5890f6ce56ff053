/** What a department writes into a file, and what it says with it: the same plan read in two ways. */
import { nameKey, personKey, pseudonyms, somebody } from './people.js';
import type { Field, Row, Statement } from './truth.js';

export const TYPES = ['marriage', 'death', 'assistance', 'registration', 'account'] as const;
export type TypeName = (typeof TYPES)[number];

/** A row to be written: of whom, what, how it is spelled, and what is wrong with it. */
export interface RowPlan {
  id: number;
  person: number;
  /** The spouse, in marriages. */
  other: number;
  /** Under the name after a change of name. */
  changedName: boolean;
  /** Which of the contents of the type. */
  content: number;
  /** Another spelling of the same. */
  spelled: boolean;
  fault: 'none' | 'date' | 'cells' | 'no id' | 'masked';
}

/** Ids whose order by code points is neither that of a dictionary nor that of UTF-16. */
export const IDS = ['R1', 'R10', 'R2', 'r1', 'A-7', '﨎1', '𠀀1', '00012'];
const idOf = (n: number) => IDS[n] ?? `N${n}`;

interface Content {
  cells: Record<string, string>;
  /** What travels, in the order of the profile; the benefit number as it is written. */
  travels: Field[];
}

const day = (text: string): number => Date.parse(text) / 86_400_000;
const month = (text: string): number => Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7)) - 1;
const yuan = (text: string): number => Math.round(Number(text) * 100);

const marriage = (state: string, date: string): Content => ({
  cells: { state, event_date: date },
  travels: [state, day(date)],
});
const death = (date: string, cremation = ''): Content => ({
  cells: { death_date: date, cremation_date: cremation },
  travels: [day(date)],
});
const assistance = (benefit: string, region: string, to = '', amount = ''): Content => ({
  cells: {
    programme: 'urban_dibao',
    benefit_no: benefit,
    region,
    from_date: '2025-03-01',
    to_date: to,
    monthly_amount: amount,
  },
  travels: ['urban_dibao', pseudonyms.benefit(benefit), region, day('2025-03-01'), to ? day(to) : null],
});
const registration = (status: string, model: string, disposed = '', use = ''): Content => ({
  cells: {
    plate_no: '贵A00000',
    plate_type: '02',
    brand_model: model,
    use_nature: use,
    status,
    registered_on: '2019-06-30',
    disposed_on: disposed,
  },
  travels: ['02', use || null, status, day('2019-06-30'), disposed ? day(disposed) : null],
});
const account = (balance: string, employer: string, paid = '', loan = ''): Content => ({
  cells: {
    account_no: 'F-1',
    employer_name: employer,
    opened_on: '2018-02-28',
    wage_base: '4321.5',
    paid_through: paid,
    balance,
    status: '01',
    loan_monthly_repayment: loan,
  },
  travels: [month('2018-02'), paid ? month(paid) : null, yuan('4321.5'), yuan(balance), '01', loan ? yuan(loan) : null],
});

/** The last of each differs from the first only in what does not travel, where a type has such a column. */
const CONTENTS: Record<TypeName, readonly [Content, Content, Content, Content]> = {
  marriage: [
    marriage('married', '2020-05-01'),
    marriage('divorced', '2021-02-03'),
    marriage('married', '2019-12-31'),
    marriage('widowed', '2020-05-01'),
  ],
  death: [death('2026-01-31'), death('2026-02-28'), death('2024-02-29'), death('2026-01-31', '2026-02-02')],
  assistance: [
    assistance('B-1', '520102'),
    assistance('B-2', '520103001'),
    assistance('B-1', '520102', '2026-06-30'),
    assistance('B-1', '520102', '', '650.50'),
  ],
  registration: [
    registration('A', '甲'),
    registration('GQ', '甲', '2026-03-01'),
    registration('A', '甲', '', 'B'),
    registration('A', '乙'),
  ],
  account: [
    account('100.00', '甲公司'),
    account('2000.5', '甲公司', '2026-09'),
    account('100.00', '甲公司', '', '1500'),
    account('100.00', '乙公司'),
  ],
};

const FAULTY_DATE: Record<TypeName, string> = {
  marriage: 'event_date',
  death: 'death_date',
  assistance: 'from_date',
  registration: 'registered_on',
  account: 'opened_on',
};

const contentOf = (type: TypeName, plan: RowPlan): Content => CONTENTS[type][plan.content] ?? CONTENTS[type][0];

function cellsOf(type: TypeName, plan: RowPlan): Record<string, string> {
  const { idType, number, otherSpelling, names } = somebody(plan.person);
  const name = names[plan.changedName ? 1 : 0];
  const id = idOf(plan.id);
  const cells: Record<string, string> = {
    record_id: plan.spelled ? ` ${wide(id)} ` : id,
    id_type: idType === 'resident_id' && plan.spelled ? '' : idType,
    id_number: plan.spelled ? otherSpelling : number,
    name: plan.spelled ? ` ${name.replace('·', ' • ').toLowerCase()}` : name,
    ...contentOf(type, plan).cells,
  };
  if (type === 'marriage') {
    const spouse = somebody(plan.other);
    cells.spouse_id_type = spouse.idType;
    cells.spouse_id_number = spouse.number;
    cells.spouse_name = spouse.names[0];
  }
  if (plan.fault === 'no id') cells.record_id = '';
  if (plan.fault === 'masked') cells.id_number = `${number.slice(0, 4)}****`;
  if (plan.fault === 'date') cells[FAULTY_DATE[type]] = '2026-02-30';
  return cells;
}

/** Letters and digits as wide as ideographs: the same after normalisation. */
const wide = (text: string) => text.replaceAll(/[!-~]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0));

/** The file. */
export function fileOf(type: TypeName, plans: readonly RowPlan[]): string {
  const sample: RowPlan = {
    id: 0,
    person: 0,
    other: 1,
    changedName: false,
    content: 0,
    spelled: false,
    fault: 'none',
  };
  const header = Object.keys(cellsOf(type, sample));
  const lines = plans.map((plan) => {
    const cells = cellsOf(type, plan);
    const line = header.map((column) => cells[column] ?? '').join(',');
    return plan.fault === 'cells' ? `${line},one too many` : line;
  });
  return `${[header.join(','), ...lines].join('\r\n')}\r\n`;
}

/** What a row says; of a rejected one, whose record it holds. */
export function rowOf(type: TypeName, plan: RowPlan): Row<RowPlan> {
  if (plan.fault !== 'none') return { heldId: plan.fault === 'no id' ? null : idOf(plan.id) };
  const { travels, cells } = contentOf(type, plan);
  const id = idOf(plan.id);
  const first = { person: personKey(plan.person), name: nameKey(plan.person, plan.changedName) };
  if (type !== 'marriage') {
    // Who died is enough: a death travels without its id.
    const fields = type === 'death' ? travels : [id, ...travels];
    return { good: statement([{ ...first, fields }]) };
  }
  const second = { person: personKey(plan.other), name: nameKey(plan.other, false) };
  const ofFirst = { ...first, fields: [id, ...travels, second.person] };
  if (plan.other === plan.person) return { good: statement([ofFirst]) };
  return { good: statement([ofFirst, { ...second, fields: [id, ...travels, first.person] }]) };

  function statement(views: Statement<RowPlan>['views']): Statement<RowPlan> {
    const who = type === 'marriage' ? [plan.person, plan.changedName, plan.other] : [plan.person, plan.changedName];
    return { id, views, content: JSON.stringify([who, cells]), plan };
  }
}
