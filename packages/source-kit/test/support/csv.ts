import type { Person } from './people.js';

export const PENSION = 'record_id,id_number,name,account_no,month,amount';
/** A pension row. */
export const pension = (id: string, who: Person, amount = '100.00', month = '2026-05'): string =>
  `${id},${who.id},${who.name},A-${id},${month},${amount}`;

export const GUARDIANSHIP = 'record_id,id_number,name,ward_id_number,ward_name,since';
export const guardianship = (id: string, who: Person, ward: Person, since = '2020-01-01'): string =>
  `${id},${who.id},${who.name},${ward.id},${ward.name},${since}`;

/** A file of a header and rows. */
export const csv = (header: string, ...rows: string[]): string => `${[header, ...rows].join('\n')}\n`;
