import {
  type ExplainedFinding,
  type Finding,
  type FindingCode,
  formatDay,
  formatMonth,
  formatYuan,
  type RecordTypeName,
} from '@hedui/contracts';
import { deathBy } from '../measures.js';
import type { ExaminedCase } from './case.js';

type Shown = ExplainedFinding['record'];

/** The type of the record that decides a finding; a code that no single record decides is not here. */
export const DECIDING_TYPE: Readonly<Partial<Record<FindingCode, RecordTypeName>>> = {
  MEMBER_DECEASED: 'death',
  DEAD_STILL_PAID: 'assistance',
  DUPLICATE_BENEFIT: 'assistance',
  CROSS_REGION_BENEFIT: 'assistance',
  SPOUSE_UNDECLARED: 'marriage',
  MARITAL_CONFLICT: 'marriage',
  RECENT_DIVORCE: 'marriage',
  VEHICLE_OWNED: 'registration',
  VEHICLE_COMMERCIAL: 'registration',
  VEHICLE_EXEMPT: 'registration',
  VEHICLE_RECENT_DISPOSAL: 'registration',
  COMPANY_LEGAL_REP: 'role',
  COMPANY_INVESTOR: 'role',
  SELF_EMPLOYED: 'role',
  COMPANY_DORMANT: 'role',
  COOP_MEMBER: 'role',
  FUND_ACTIVE: 'account',
  FUND_LOAN: 'account',
};

/**
 * What is known of the record that decides a finding: codes, dates and money. The keys of persons and benefits stay out;
 * whoever may see more reads the record at its source by the record id.
 */
export function decidingRecord({ facts, examination }: ExaminedCase, finding: Finding): Shown {
  const held = finding.member === null ? undefined : facts[finding.member - 1];
  const type = DECIDING_TYPE[finding.code];
  if (held === undefined || type === undefined || type === 'income') return null;
  if (type === 'death') {
    const death = deathBy(held.death, examination.dates);
    return death === null ? null : { type, deathDate: formatDay(death.deathDate) };
  }
  const is = (fact: { recordId: string }): boolean => fact.recordId === finding.recordId;
  const shown = {
    assistance: () =>
      only(held.assistance.filter(is), ({ programme, region, from, to }) => ({
        programme,
        region,
        from: formatDay(from),
        to: to === null ? null : formatDay(to),
      })),
    marriage: () =>
      only(held.marriage.filter(is), ({ state, eventDate }) => ({ state, eventDate: formatDay(eventDate) })),
    registration: () =>
      only(held.registration.filter(is), (fact) => ({
        plateType: fact.plateType,
        useNature: fact.useNature,
        status: fact.status,
        registeredOn: formatDay(fact.registeredOn),
        disposedOn: fact.disposedOn === null ? null : formatDay(fact.disposedOn),
      })),
    role: () =>
      only(held.role.filter(is), (fact) => ({
        role: fact.role,
        entityType: fact.entityType,
        entityStatus: fact.entityStatus,
        capital: fact.capital === null ? null : formatYuan(fact.capital),
        since: fact.since === null ? null : formatDay(fact.since),
        until: fact.until === null ? null : formatDay(fact.until),
      })),
    account: () =>
      only(held.account.filter(is), (fact) => ({
        status: fact.status,
        opened: formatMonth(fact.opened),
        paidThrough: fact.paidThrough === null ? null : formatMonth(fact.paidThrough),
        wageBase: formatYuan(fact.wageBase),
        balance: formatYuan(fact.balance),
        loanRepayment: fact.loanRepayment === null ? null : formatYuan(fact.loanRepayment),
      })),
  }[type]();
  return shown === null ? null : { type, ...shown };
}

function only<F>(facts: readonly F[], show: (fact: F) => NonNullable<Shown>): Shown {
  const [fact] = facts;
  return fact === undefined ? null : show(fact);
}
