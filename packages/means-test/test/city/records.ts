import type { BenefitKey, FactsByType, PersonKey, RecordTypeName } from '@hedui/contracts';
import { normaliseName } from '@hedui/identity-numbers';
import { blankOr, type Cells, day, matching, money, month, monthOfDay, oneOf, person, taxItem, text } from './cells.js';

/** One fact of one record type, with whom it is about and under which name. */
export interface Held {
  type: RecordTypeName;
  fact: FactsByType[RecordTypeName];
  person: PersonKey;
  name: string;
}

const anyMoney = (cells: Cells, ...columns: string[]): void => {
  for (const column of columns) blankOr(cells, column, money);
};

const readers: { [T in RecordTypeName]: (cells: Cells) => FactsByType[T] } = {
  income: (cells) => {
    anyMoney(cells, 'tax_paid');
    blankOr(cells, 'filed_on', day);
    return { period: month(cells, 'period'), item: taxItem(cells, 'income_item'), gross: money(cells, 'gross_amount') };
  },
  registration: (cells) => {
    text(cells, 'plate_no');
    anyMoney(cells, 'assessed_value');
    return {
      recordId: text(cells, 'record_id'),
      plateType: matching(cells, 'plate_type', /^\d{2}$/),
      useNature: blankOr(cells, 'use_nature', (c, column) => matching(c, column, /^[A-Z]$/)),
      status: matching(cells, 'status', /^[A-Z]+$/),
      registeredOn: day(cells, 'registered_on'),
      disposedOn: blankOr(cells, 'disposed_on', day),
    };
  },
  account: (cells) => {
    text(cells, 'account_no');
    anyMoney(cells, 'monthly_deposit');
    return {
      recordId: text(cells, 'record_id'),
      opened: monthOfDay(cells, 'opened_on'),
      paidThrough: blankOr(cells, 'paid_through', month),
      wageBase: money(cells, 'wage_base'),
      balance: money(cells, 'balance'),
      status: matching(cells, 'status', /^(?:0[1-6]|99)$/),
      loanRepayment: blankOr(cells, 'loan_monthly_repayment', money),
    };
  },
  role: (cells) => {
    text(cells, 'uscc');
    text(cells, 'entity_name');
    return {
      recordId: text(cells, 'record_id'),
      entityType: oneOf([
        'company',
        'partnership',
        'sole_proprietorship',
        'individual_business',
        'farmers_cooperative',
      ])(cells, 'entity_type'),
      role: oneOf(['legal_representative', 'executive', 'investor', 'operator'])(cells, 'role'),
      capital: blankOr(cells, 'subscribed_capital', money),
      entityStatus: oneOf(['active', 'dormant', 'revoked', 'cancelled', 'moved_out'])(cells, 'entity_status'),
      since: blankOr(cells, 'since', day),
      until: blankOr(cells, 'until', day),
    };
  },
  marriage: (cells) => ({
    recordId: text(cells, 'record_id'),
    state: oneOf(['married', 'divorced', 'widowed'] as const)(cells, 'state'),
    eventDate: day(cells, 'event_date'),
    spouse: person(cells, 'spouse_'),
  }),
  death: (cells) => {
    blankOr(cells, 'cremation_date', day);
    return { deathDate: day(cells, 'death_date') };
  },
  assistance: (cells) => {
    anyMoney(cells, 'monthly_amount');
    return {
      recordId: text(cells, 'record_id'),
      programme: text(cells, 'programme'),
      benefit: text(cells, 'benefit_no') as string as BenefitKey,
      region: matching(cells, 'region', /^\d{6}(?:\d{3})?$/),
      from: day(cells, 'from_date'),
      to: blankOr(cells, 'to_date', day),
    };
  },
};

/** What one good row says; a marriage speaks of both persons. Throws BadCell for a row to be rejected. */
export function readRecord(type: RecordTypeName, cells: Cells): Held[] {
  text(cells, 'record_id');
  const own = { type, fact: readers[type](cells), person: person(cells), name: normaliseName(text(cells, 'name')) };
  if (type !== 'marriage') return [own];
  const fact = readers.marriage(cells);
  const name = normaliseName(text(cells, 'spouse_name'));
  const others: Held = { type, fact: { ...fact, spouse: own.person }, person: fact.spouse, name };
  return [own, others];
}
