import type { IdType, RowCode } from '@hedui/contracts';
import { ID_TYPES, parseDay, parseMonth, parseYuan, ruleText } from '@hedui/contracts';
import { isMasked, isMaskedNumber, isRegionCode, readCreditCode, readIdentity } from '@hedui/identity-numbers';
import type { CellKind, CellValue, ColumnSpec, RowFault } from './columns.js';
import { formOf } from './forms.js';

/** Marks a faulty cell among values, which may be objects too. One instance per column and code is enough. */
export class CellFault {
  constructor(readonly fault: RowFault) {}
}

/** Judges one cell; `row` holds all cells (a document number is read by the cell of its type). */
export type CellReader = (cell: string, row: readonly string[]) => CellValue | CellFault;

/** `1.5E+04`, `5.20001E+17`, `1e5`: what a spreadsheet makes of a long number. */
const scientific = /^[+-]?\d+(?:\.\d+)?[Ee][+-]?\d+$/;
/** In references, which may well read 12E45: only with a sign of the exponent. */
const scientificWithSign = /^[+-]?\d+(?:\.\d+)?[Ee][+-]\d+$/;
const REPLACEMENT = '\uFFFD';
const ID_TYPE_SET: ReadonlySet<string> = new Set(ID_TYPES);

/** The rule of a column. Throws TypeError for a document number whose type column is not among `columns`. */
export function cellReader(column: ColumnSpec, columns: readonly ColumnSpec[]): CellReader {
  const read = kindReader(column, columns);
  const missing = faultOf(column, 'COLUMN_MISSING');
  const whenBlank = column.required && column.kind.is !== 'idType' ? missing : defaultOf(column.kind);
  return (cell, row) => (cell === '' ? whenBlank : read(cell, row));
}

function defaultOf(kind: CellKind): CellValue {
  return kind.is === 'idType' ? 'resident_id' : null;
}

function faultOf(column: ColumnSpec, code: RowCode, addition?: string): CellFault {
  return new CellFault({ column: column.name, code, rule: ruleText(code, addition) });
}

function kindReader(column: ColumnSpec, columns: readonly ColumnSpec[]): CellReader {
  const { kind } = column;
  const damaged = faultOf(column, 'EXCEL_DAMAGED');
  const invalid = faultOf(column, 'VALUE_INVALID', formOf(kind));
  /** For cells that are not of the form: what made them so? */
  const blame = (cell: string): CellFault => (scientific.test(cell) ? damaged : invalid);

  switch (kind.is) {
    case 'text': {
      const maxLength = kind.maxLength ?? Infinity;
      return (cell) => (cell.length > maxLength || cell.includes(REPLACEMENT) ? invalid : cell);
    }
    case 'identifier': {
      const maxLength = kind.maxLength ?? Infinity;
      return (cell) => {
        if (cell.length > maxLength || cell.includes(REPLACEMENT)) return invalid;
        return scientificWithSign.test(cell) ? damaged : cell;
      };
    }
    case 'money':
      return (cell) => parseYuan(cell) ?? blame(cell);
    case 'day':
      return (cell) => parseDay(cell) ?? blame(cell);
    case 'month':
      return (cell) => parseMonth(cell) ?? blame(cell);
    case 'count':
      return (cell) => (/^\d{1,9}$/.test(cell) && Number(cell) >= 1 ? Number(cell) : blame(cell));
    case 'code':
      return codeReader(new Set(kind.of), damaged, blame);
    case 'idType':
      return codeReader(ID_TYPE_SET, damaged, blame);
    case 'digits': {
      const { width } = kind;
      return (cell) => {
        if (!/^\d+$/.test(cell)) return blame(cell);
        if (cell.length === width) return cell;
        return cell.length < width ? damaged : invalid;
      };
    }
    case 'letters': {
      const { exactly } = kind;
      return (cell) => (/^[A-Z]+$/.test(cell) && (!exactly || cell.length === exactly) ? cell : blame(cell));
    }
    case 'region':
      return (cell) => (isRegionCode(cell) ? cell : blame(cell));
    case 'name': {
      const masked = faultOf(column, 'ID_MASKED');
      return (cell) => (cell.includes(REPLACEMENT) ? invalid : isMasked(cell) ? masked : cell);
    }
    case 'creditCode':
      return (cell) => {
        const reading = readCreditCode(cell);
        return reading.ok ? reading.code : blame(cell);
      };
    case 'idNumber':
      return idNumberReader(column, kind.typeColumn, columns);
  }
}

function codeReader(codes: ReadonlySet<string>, damaged: CellFault, blame: (cell: string) => CellFault): CellReader {
  return (cell) => {
    if (codes.has(cell)) return cell;
    return codes.has(`0${cell}`) || codes.has(`00${cell}`) ? damaged : blame(cell);
  };
}

function idNumberReader(column: ColumnSpec, typeColumn: string, columns: readonly ColumnSpec[]): CellReader {
  const typeIndex = columns.findIndex((other) => other.name === typeColumn && other.kind.is === 'idType');
  if (typeIndex < 0) throw new TypeError(`column ${column.name} needs the column ${typeColumn} of kind idType`);
  const faults = {
    ID_INVALID: faultOf(column, 'ID_INVALID'),
    ID_MASKED: faultOf(column, 'ID_MASKED'),
    EXCEL_DAMAGED: faultOf(column, 'EXCEL_DAMAGED'),
  };
  return (cell, row) => {
    const typeCell = row[typeIndex] ?? '';
    const type = typeCell === '' ? 'resident_id' : typeCell;
    if (!isIdType(type)) {
      // The type has its own fault; of the number only what no type could excuse is told.
      if (isMaskedNumber(cell)) return faults.ID_MASKED;
      return scientificWithSign.test(cell) ? faults.EXCEL_DAMAGED : null;
    }
    const reading = readIdentity(type, cell);
    return reading.ok ? reading.identity : faults[reading.code];
  };
}

function isIdType(text: string): text is IdType {
  return ID_TYPE_SET.has(text);
}
