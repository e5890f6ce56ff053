/**
 * The few parts of a workbook that a template needs. Written by hand because a column's own format, which a spreadsheet
 * gives to the cells that are typed later, is what the writers at hand leave out.
 */
import { columnLetters, MAX_ROW } from './references.js';
import { zipOf } from './write-zip.js';

/** Styles of cells by their number in the workbook. */
export const STYLES = { text: 1, money: 2, count: 3, headRequired: 4, headOptional: 5, wrapped: 6 } as const;
export type StyleName = keyof typeof STYLES;

export interface WrittenCell {
  readonly text: string;
  readonly style: StyleName;
}

export interface WrittenSheet {
  readonly name: string;
  /** `style` goes for the cells that are still to be typed; `choices` are what they may hold. */
  readonly columns: readonly {
    readonly width: number;
    readonly style: StyleName;
    readonly choices?: readonly string[];
  }[];
  /** The first row stays in view. */
  readonly rows: readonly (readonly WrittenCell[])[];
}

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const MEDIA = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
/** Spreadsheets take no longer list of choices. */
const MAX_CHOICES_LENGTH = 255;

/** Number formats 49, 2 and 1 are built in: text, two decimals, whole number. */
const STYLES_PART = `${HEAD}<styleSheet xmlns="${MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFFFE699"/></patternFill></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="7"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>${xf(49)}${xf(2)}${xf(1)}${xf(49, 1, 2)}${xf(49, 1)}<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf></cellXfs></styleSheet>`;

function xf(format: number, font = 0, fill = 0): string {
  return `<xf numFmtId="${format}" fontId="${font}" fillId="${fill}" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"/>`;
}

/** A workbook with these sheets, the first of them in front. */
export function writeWorkbook(sheets: readonly WrittenSheet[]): Buffer {
  const numbers = sheets.map((_, i) => i + 1);
  const parts = {
    '[Content_Types].xml': `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${MEDIA}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${MEDIA}.styles+xml"/>${numbers.map((n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${MEDIA}.worksheet+xml"/>`).join('')}</Types>`,
    '_rels/.rels': `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${relation('rId1', 'officeDocument', 'xl/workbook.xml')}</Relationships>`,
    'xl/workbook.xml': `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><sheets>${sheets.map((sheet, i) => `<sheet name="${escaped(sheet.name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`).join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${numbers.map((n) => relation(`rId${n}`, 'worksheet', `worksheets/sheet${n}.xml`)).join('')}${relation('rIdStyles', 'styles', 'styles.xml')}</Relationships>`,
    'xl/styles.xml': STYLES_PART,
    ...Object.fromEntries(sheets.map((sheet, i) => [`xl/worksheets/sheet${i + 1}.xml`, sheetXml(sheet)])),
  };
  return zipOf(Object.entries(parts).map(([name, text]) => ({ name, bytes: Buffer.from(text) })));
}

function relation(id: string, type: string, target: string): string {
  return `<Relationship Id="${id}" Type="${RELATIONS}/${type}" Target="${target}"/>`;
}

function sheetXml({ columns, rows }: WrittenSheet): string {
  const cols = columns.map(
    ({ width, style }, i) =>
      `<col min="${i + 1}" max="${i + 1}" width="${width}" style="${STYLES[style]}" customWidth="1"/>`,
  );
  const cell = ({ text, style }: WrittenCell, row: number, column: number) =>
    `<c r="${columnLetters(column + 1)}${row + 1}" s="${STYLES[style]}" t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
  const data = rows.map(
    (cells, row) => `<row r="${row + 1}">${cells.map((each, i) => cell(each, row, i)).join('')}</row>`,
  );
  return `${HEAD}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${cols.join('')}</cols><sheetData>${data.join('')}</sheetData>${choicesXml(columns)}</worksheet>`;
}

function choicesXml(columns: WrittenSheet['columns']): string {
  const rules = columns.flatMap(({ choices = [] }, i) => {
    const list = choices.join(',');
    if (choices.length === 0 || list.length > MAX_CHOICES_LENGTH) return [];
    const letters = columnLetters(i + 1);
    const range = `${letters}2:${letters}${MAX_ROW}`;
    return [
      `<dataValidation type="list" allowBlank="1" showErrorMessage="1" sqref="${range}"><formula1>${escaped(`"${list}"`)}</formula1></dataValidation>`,
    ];
  });
  return rules.length === 0 ? '' : `<dataValidations count="${rules.length}">${rules.join('')}</dataValidations>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
