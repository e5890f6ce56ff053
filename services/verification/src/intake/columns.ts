import { AREAS, MARITAL_STATUSES, RELATIONS, VERIFICATION_TYPES } from '@hedui/contracts';
import type { ColumnSpec } from '@hedui/tables';

const REFERENCE = 200;

/**
 * The columns of a household batch. Those of the household (programme … benefit_no) stand on its first row; later rows may
 * leave them blank, so the header must have them but a blank cell is judged with the household.
 */
export const BATCH_COLUMNS = [
  { name: 'household_ref', kind: { is: 'identifier', maxLength: REFERENCE }, required: true },
  { name: 'programme', kind: { is: 'text', maxLength: REFERENCE }, requiredInHeader: true },
  { name: 'verification_type', kind: { is: 'code', of: VERIFICATION_TYPES }, requiredInHeader: true },
  { name: 'region', kind: { is: 'region' }, requiredInHeader: true },
  { name: 'area', kind: { is: 'code', of: AREAS }, requiredInHeader: true },
  { name: 'benefit_no', kind: { is: 'identifier', maxLength: REFERENCE } },
  { name: 'relation', kind: { is: 'code', of: RELATIONS }, required: true },
  { name: 'id_type', kind: { is: 'idType' } },
  { name: 'id_number', kind: { is: 'idNumber', typeColumn: 'id_type' }, required: true },
  { name: 'name', kind: { is: 'name' }, required: true },
  { name: 'marital_status', kind: { is: 'code', of: MARITAL_STATUSES } },
  { name: 'declared_wage', kind: { is: 'money' } },
  { name: 'declared_operating', kind: { is: 'money' } },
  { name: 'declared_property', kind: { is: 'money' } },
  { name: 'declared_transfer', kind: { is: 'money' } },
  { name: 'declared_other', kind: { is: 'money' } },
  { name: 'rigid_expenditure', kind: { is: 'money' } },
  { name: 'household_size', kind: { is: 'count' } },
  { name: 'supported_persons', kind: { is: 'count' } },
  { name: 'agreed_support', kind: { is: 'money' } },
  { name: 'authorisation_no', kind: { is: 'identifier', maxLength: REFERENCE } },
  { name: 'authorised_on', kind: { is: 'day' } },
  { name: 'authorised_until', kind: { is: 'day' } },
] as const satisfies readonly ColumnSpec[];
export type BatchColumn = (typeof BATCH_COLUMNS)[number]['name'];

/** Where each column stands in a row's cells and values. */
export const AT = Object.fromEntries(BATCH_COLUMNS.map((column, i) => [column.name, i])) as Record<BatchColumn, number>;

/** Columns that the first row of a household must give. */
export const HOUSEHOLD_REQUIRED = ['programme', 'verification_type', 'region', 'area'] as const;
/** Columns that a later row must not contradict. */
export const HOUSEHOLD_COLUMNS = [...HOUSEHOLD_REQUIRED, 'benefit_no'] as const;

/** The key of a column in JSON: `id_number` → `idNumber`. */
export function jsonKey(column: BatchColumn): string {
  return column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
