import { cleanCell } from '../cells.js';
import type { CellKind, ColumnSpec, RawRow } from '../columns.js';
import { readHeader } from '../header.js';
import type { RowReader } from '../row-reader.js';
import { isoDateText, MAX_CELL_LENGTH, numberText, plainText, truthText, unescapeText } from './cell-texts.js';
import { formulaRanges } from './formula-ranges.js';
import { columnOf, MAX_COLUMN, MAX_ROW } from './references.js';
import { tooLarge, unreadableFile } from './refusals.js';
import type { SharedStrings } from './shared-strings.js';
import type { MeaningOfStyle } from './styles.js';
import { xmlReader } from './xml.js';

export interface SheetSurroundings {
  readonly sharedStrings: SharedStrings;
  readonly meaningOfStyle: MeaningOfStyle;
  readonly date1904: boolean;
  /** Most characters that all rows together may hold: one shared string can be named by every cell. */
  readonly maxCharacters: number;
}

const ANY_TEXT: CellKind = { is: 'text' };

/** Rows of a worksheet's XML: the first row that is not blank is the header; other blank rows are passed over. */
export function sheetRows(
  columns: readonly ColumnSpec[],
  maxRowLength: number,
  { sharedStrings, meaningOfStyle, date1904, maxCharacters }: SheetSurroundings,
  warnings: string[],
): RowReader {
  const ranges = formulaRanges();
  let rows: RawRow[] = [];
  let taken = 0;
  let characters = 0;
  /** For each position in the sheet (from 1) the column that stands there; null until the header is known. */
  let columnAt: readonly (number | undefined)[] | null = null;
  let beyondHeader = false;

  /** Where in the XML: rows stand in the data, cells in rows, and nothing in itself. */
  let place: 'outside' | 'data' | 'row' | 'cell' = 'outside';
  let merged = false;
  let line = 0;
  // The row that is being read.
  let cells: string[] = [];
  let unreadable: number[] = [];
  let malformed = false;
  let blank = true;
  let rowLength = 0;
  let position = 0;
  // The cell that is being read.
  let type = 'n';
  let style = 0;
  let value = '';
  let formula = false;
  let collecting = false;
  let phonetic = 0;

  function beginRow(given: string | undefined): void {
    const number = given === undefined ? line + 1 : Number(given);
    // Strictly ascending, so their number is bounded and a line number names one row.
    if (!Number.isInteger(number) || number <= line || number > MAX_ROW)
      throw unreadableFile('its rows are misnumbered');
    line = number;
    cells = columnAt ? new Array<string>(columns.length).fill('') : [];
    unreadable = [];
    malformed = false;
    blank = true;
    rowLength = 0;
    position = 0;
  }

  function beginCell(attributes: Readonly<Record<string, string>>): void {
    const at = attributes.r === undefined ? position + 1 : columnOf(attributes.r);
    if (at <= position || at > MAX_COLUMN) malformed = true;
    else position = at;
    type = attributes.t ?? 'n';
    style = attributes.s === undefined ? 0 : Number(attributes.s);
    value = '';
    formula = false;
    collecting = false;
    phonetic = 0;
  }

  function endCell(): void {
    if (malformed) return;
    if (!columnAt) {
      // What a formula shows is nobody's column name, so a header made of formulas is unusable.
      const name = formula ? '' : (textOf(ANY_TEXT) ?? '');
      rowLength += name.length;
      if (rowLength > maxRowLength) malformed = true;
      else if (name !== '') cells[position - 1] = name;
      if (name.trim() !== '') blank = false;
      return;
    }
    if (position >= columnAt.length) {
      if (value !== '') beyondHeader = true;
      return;
    }
    const index = columnAt[position];
    if (index === undefined) {
      // A column that nobody asked for makes no fault, but it makes a row.
      if (value.trim() !== '' && type !== 's') blank = false;
      else if (type === 's' && sharedStrings.get(Number(value))?.trim()) blank = false;
      return;
    }
    const isFormula = formula || ranges.covers(line, position);
    const text = value === '' && !isFormula ? '' : textOf(columns[index]?.kind ?? ANY_TEXT);
    const clean = text === null ? '' : cleanCell(text);
    rowLength += clean.length;
    if (text === null || clean !== '') blank = false;
    if (isFormula || text === null) unreadable.push(index);
    else if (rowLength > maxRowLength) malformed = true;
    else cells[index] = clean;
  }

  /** Null: not a value of such a column. */
  function textOf(kind: CellKind): string | null {
    if (value.length > MAX_CELL_LENGTH) return null;
    switch (type) {
      case 's':
        return plainTextOrNull(sharedStrings.get(/^\d{1,9}$/.test(value.trim()) ? Number(value) : -1));
      case 'inlineStr':
      case 'str':
        return plainText(unescapeText(value));
      case 'n':
        return value === '' ? '' : numberText(value, meaningOfStyle(style), date1904, kind);
      case 'b':
        return truthText(value, kind);
      case 'd':
        return isoDateText(value, kind);
      default:
        return null;
    }
  }

  function endRow(): void {
    if (blank && !malformed) return;
    if (!columnAt) {
      takeHeader();
      return;
    }
    characters += rowLength;
    if (characters > maxCharacters) throw tooLarge(`its cells hold more than ${maxCharacters} characters`);
    rows.push({ line, cells, malformed, unreadable: unreadable.length > 0 ? unreadable : null });
  }

  function takeHeader(): void {
    const names = Array.from(cells, (name) => name ?? '');
    const positions = readHeader({ line, cells: names, malformed }, columns, warnings);
    const found = new Array<number | undefined>(names.length + 1).fill(undefined);
    positions.forEach((at, index) => {
      if (at >= 0) found[at + 1] = index;
    });
    columnAt = found;
  }

  function enter(from: typeof place, to: typeof place): void {
    if (place !== from) throw unreadableFile('its rows and cells are not in order');
    place = to;
  }

  const xml = xmlReader({
    open(name, attributes) {
      if (name === 'c') {
        enter('row', 'cell');
        beginCell(attributes);
      } else if (name === 'row') {
        enter('data', 'row');
        beginRow(attributes.r);
      } else if (place === 'cell') {
        if (name === 'v') collecting = true;
        else if (name === 't') collecting = phonetic === 0;
        else if (name === 'rPh') phonetic++;
        else if (name === 'f') {
          formula = true;
          if (attributes.t === 'array' || attributes.t === 'dataTable') ranges.add(attributes.ref ?? '');
        }
      } else if (name === 'sheetData') enter('outside', 'data');
      else if (name === 'mergeCell') merged = true;
    },
    text(text) {
      if (collecting && value.length <= MAX_CELL_LENGTH) value += text;
    },
    close(name) {
      if (name === 'v' || name === 't') collecting = false;
      else if (name === 'rPh') phonetic--;
      else if (name === 'c') {
        endCell();
        place = 'row';
      } else if (name === 'row') {
        endRow();
        place = 'data';
      } else if (name === 'sheetData') place = 'outside';
    },
  });

  return {
    warnings,
    push: xml.write,
    end() {
      xml.end();
      if (merged)
        warnings.push('有合并单元格，只有左上角单元格有值 / merged cells: only the first cell of each has its value');
      if (beyondHeader) warnings.push('忽略表头右侧的单元格 / cells to the right of the header are ignored');
    },
    start: () => columnAt !== null,
    next() {
      const row = rows[taken];
      if (row) {
        taken++;
        return row;
      }
      rows = [];
      taken = 0;
      return null;
    },
  };
}

function plainTextOrNull(text: string | null): string | null {
  return text === null ? null : plainText(text);
}
