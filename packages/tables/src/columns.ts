import type { RowCode } from '@hedui/contracts';
import type { Identity } from '@hedui/identity-numbers';

/** What a cell of a column must be; `RowCode`s in brackets are what a cell that is not that gets. */
export type CellKind =
  /** Free text, shown but not compared. */
  | { readonly is: 'text'; readonly maxLength?: number }
  /** An opaque reference (record_id, household_ref, benefit_no, uscc): scientific notation is EXCEL_DAMAGED. */
  | { readonly is: 'identifier'; readonly maxLength?: number }
  /** Yuan, at most two decimals, not negative, no separator. Value: fen. */
  | { readonly is: 'money' }
  /** `YYYY-MM-DD`, a date of the calendar. Value: Day. */
  | { readonly is: 'day' }
  /** `YYYY-MM`. Value: Month. */
  | { readonly is: 'month' }
  /** A whole number of at least 1. */
  | { readonly is: 'count' }
  /** One of a list, case-sensitive; a code that lost its leading zeros is EXCEL_DAMAGED. */
  | { readonly is: 'code'; readonly of: readonly string[] }
  /** Exactly `width` digits; fewer are EXCEL_DAMAGED (leading zeros lost). */
  | { readonly is: 'digits'; readonly width: number }
  /** Capital letters A to Z: `exactly` so many, or at least one. */
  | { readonly is: 'letters'; readonly exactly?: number }
  /** Six or nine digits. */
  | { readonly is: 'region' }
  /** A document type; a blank cell is `resident_id`. */
  | { readonly is: 'idType' }
  /** A document number, read by the type in `typeColumn` (which may be absent from the file). Value: Identity. */
  | { readonly is: 'idNumber'; readonly typeColumn: string }
  /** A person's name as written (NFKC, trimmed); a masked one is ID_MASKED. Compare with `normaliseName`. */
  | { readonly is: 'name' }
  /** A unified social credit code with a right check character. Value: the code in upper case. */
  | { readonly is: 'creditCode' };

export interface ColumnSpec {
  /** snake_case, as in the header of a CSV; NDJSON keys are its camelCase (snake_case is accepted). */
  readonly name: string;
  readonly kind: CellKind;
  /** The header must have the column and a blank cell is COLUMN_MISSING. */
  readonly required?: boolean;
  /** The header must have the column although a cell may be blank (a household's columns on its later rows). */
  readonly requiredInHeader?: boolean;
  /** What the column means, for the explanations of a template; without it the kind speaks for itself. */
  readonly title?: { readonly zh: string; readonly en: string };
}

/** Text, code or region: string. Money, day, month, count: number. Document number: Identity. Blank: null. */
export type CellValue = string | number | Identity | null;

/** A fault of one cell or, with `column` null, of the whole row. `rule` never holds the cell's value. */
export interface RowFault {
  readonly column: string | null;
  readonly code: RowCode;
  readonly rule: string;
}

/** One row as it was read. */
export interface RawRow {
  /**
   * Physical line where the row begins; the header of a CSV and the first line of NDJSON are line 1. XLSX: the row's number
   * in the sheet.
   */
  readonly line: number;
  /**
   * Aligned with the columns asked for; '' is "not given". NFKC, trimmed, without apostrophe prefix. In a malformed row
   * what could be read, so that its reference may still be known.
   */
  readonly cells: readonly string[];
  /** The row's structure is broken (quotes, number of cells, length, no JSON object). */
  readonly malformed: boolean;
  /**
   * Columns (by index) whose value is none: in NDJSON neither string, number nor null, or not held exactly; in XLSX a formula,
   * an error value, a truth value, a date or time in a column that is not for it, a text that is too long.
   */
  readonly unreadable: readonly number[] | null;
}
