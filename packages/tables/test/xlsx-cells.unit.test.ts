import { type Day, formatDay, formatMonth, type Month } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import { type CellKind, type ColumnSpec, compileRow } from '../src/index.js';
import { meaningOfFormat } from '../src/xlsx/styles.js';
import { partsOf, readWorkbookBytes, row, zipped } from './workbooks.js';

const STYLES =
  '<numFmts><numFmt numFmtId="170" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>' +
  '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="20"/><xf numFmtId="22"/><xf numFmtId="57"/></cellXfs>';

/** What the rules make of one cell, given as XML, in a column of a kind: a value, or a code. */
async function judged(cell: string, kind: CellKind, { shared = '', date1904 = false } = {}): Promise<unknown> {
  const columns: ColumnSpec[] = [
    { name: 'id', kind: { is: 'text' } },
    { name: 'x', kind },
    { name: 't', kind: { is: 'idType' } },
  ];
  const parts = partsOf(row(1, ['id', 'x']) + row(2, ['1', cell]), { styles: STYLES, shared });
  if (date1904) {
    parts['xl/workbook.xml'] = (parts['xl/workbook.xml'] ?? '').replace(
      '<sheets>',
      '<workbookPr date1904="1"/><sheets>',
    );
  }
  const { rows } = await readWorkbookBytes(zipped(parts), columns);
  const [only] = rows;
  if (!only || rows.length > 1) throw new Error(`${rows.length} rows`);
  const result = compileRow(columns)(only);
  return result.ok ? result.values[1] : result.errors.map((error) => error.code).join();
}

const number = (value: string, style = 0) => `<c s="${style}"><v>${value}</v></c>`;
const day = async (cell: string, options = {}) => {
  const value = await judged(cell, { is: 'day' }, options);
  return typeof value === 'number' ? formatDay(value as Day) : value;
};

describe('texts in a worksheet', () => {
  it.each([
    ['<c t="s"><v>0</v></c>', '张三'],
    ['<c t="s"><v>1</v></c>', '张 三'],
    [
      '<c t="inlineStr"><is><r><rPr><b/></rPr><t>a</t></r><r><t>b</t></r><rPh sb="0" eb="1"><t>x</t></rPh></is></c>',
      'ab',
    ],
    ['<c t="str"><v> a&amp;&#x5f20;<![CDATA[<b>]]></v></c>', 'a&张<b>'],
    ['<c t="inlineStr"><is><t>a_x000D_b_x005F_x000D_</t></is></c>', 'a\rb_x000D_'],
    ['<c t="inlineStr"><is><t>\'００1</t></is></c>', '001'],
    ['<c t="b"><v>1</v></c>', 'TRUE'],
    ['<c t="inlineStr"><is><t> </t></is></c>', null],
    ['<c s="1"/>', null],
    ['<c t="s"><v>2</v></c>', 'VALUE_INVALID'],
    ['<c t="s"><v>3</v></c>', 'VALUE_INVALID'],
    ['<c t="s"><v>-1</v></c>', 'VALUE_INVALID'],
    ['<c t="inlineStr"><is><t>_x0000_</t></is></c>', 'VALUE_INVALID'],
    ['<c t="inlineStr"><is><t>_xD800_</t></is></c>', 'VALUE_INVALID'],
    [`<c t="inlineStr"><is><t>${'a'.repeat(32_768)}</t></is></c>`, 'VALUE_INVALID'],
    ['<c t="e"><v>#N/A</v></c>', 'VALUE_INVALID'],
    ['<c t="n"><v>INF</v></c>', 'VALUE_INVALID'],
    ['<c t="zz"><v>1</v></c>', 'VALUE_INVALID'],
  ])('%s', async (cell, expected) => {
    const shared = `<si><t>张三</t><rPh sb="0" eb="1"><t>zhang</t></rPh></si><si><r><t xml:space="preserve">张 </t></r><r><t>三</t></r></si><si><t>${'a'.repeat(32_768)}</t></si>`;
    expect(await judged(cell, { is: 'text' }, { shared })).toBe(expected);
  });

  it('takes a truth value for nothing but text', async () => {
    expect(await judged('<c t="b"><v>1</v></c>', { is: 'letters' })).toBe('VALUE_INVALID');
    expect(await judged('<c t="b"><v>1</v></c>', { is: 'count' })).toBe('VALUE_INVALID');
  });
});

describe('formulas', () => {
  it.each([['<c><f>1+1</f><v>2</v></c>'], ['<c t="str"><f t="shared" si="0"/><v>a</v></c>'], ['<c><f>A1</f></c>']])(
    'are no values: %s',
    async (cell) => {
      expect(await judged(cell, { is: 'text' })).toBe('VALUE_INVALID');
      expect(await judged(cell, { is: 'money' })).toBe('VALUE_INVALID');
    },
  );

  it('cover the whole range that they fill, and no more', async () => {
    const rows =
      row(1, ['a', 'b']) +
      row(2, ['<c><f t="array" ref="A2:A3">B2:B3</f><v>1</v></c>', '1']) +
      row(3, [number('2'), '1']) +
      row(4, [number('3'), '1']);
    const read = await readWorkbookBytes(zipped(partsOf(rows)), [{ name: 'a', kind: { is: 'text' } }]);
    expect(read.rows.map((each) => each.unreadable)).toEqual([[0], [0], null]);
  });
});

describe('numbers', () => {
  it.each<[string, CellKind['is'], unknown]>([
    ['1234.5', 'money', 123_450],
    ['0.30000000000000004', 'money', 30],
    ['1234.5600000000004', 'money', 123_456],
    ['8.7999999999999989', 'money', 880],
    ['1.2345E3', 'money', 123_450],
    ['-0', 'money', 0],
    ['99999999999.99', 'money', 9_999_999_999_999],
    ['1234.567', 'money', 'VALUE_INVALID'],
    ['-1', 'money', 'VALUE_INVALID'],
    ['1E-7', 'money', 'VALUE_INVALID'],
    ['1e15', 'money', 'EXCEL_DAMAGED'],
    ['1e999', 'money', 'VALUE_INVALID'],
    ['3', 'count', 3],
    ['2.5', 'count', 'VALUE_INVALID'],
    ['520102', 'region', '520102'],
    ['1234567', 'identifier', '1234567'],
    ['12345678901234', 'identifier', '12345678901234'],
    ['123456789012345', 'identifier', 'EXCEL_DAMAGED'],
    ['100000000000000', 'identifier', 'EXCEL_DAMAGED'],
    ['1.2E5', 'identifier', 'EXCEL_DAMAGED'],
    ['520000196203180030', 'creditCode', 'EXCEL_DAMAGED'],
    ['1E15', 'text', 'VALUE_INVALID'],
    ['17', 'text', '17'],
    ['43831', 'day', 'VALUE_INVALID'],
    ['202603', 'month', 'VALUE_INVALID'],
  ])('%s in %s', async (value, is, expected) => {
    expect(await judged(number(value), { is } as CellKind)).toBe(expected);
  });

  it('are damage in a column of document numbers and where zeros were lost', async () => {
    const idNumber: CellKind = { is: 'idNumber', typeColumn: 't' };
    expect(await judged(number('5.2000019620318E+17'), idNumber)).toBe('EXCEL_DAMAGED');
    expect(await judged(number('520000196203180030'), idNumber)).toBe('EXCEL_DAMAGED');
    expect(await judged(number('1'), { is: 'digits', width: 2 })).toBe('EXCEL_DAMAGED');
    expect(await judged(number('1'), { is: 'code', of: ['01'] })).toBe('EXCEL_DAMAGED');
  });
});

describe('dates', () => {
  it.each([
    [number('43831', 1), '2020-01-01'],
    [number('43831', 2), '2020-01-01'],
    [number('43831', 5), '2020-01-01'],
    [number('43831.0', 4), '2020-01-01'],
    [number('1', 1), '1900-01-01'],
    [number('59', 1), '1900-02-28'],
    [number('60', 1), 'VALUE_INVALID'],
    [number('61', 1), '1900-03-01'],
    [number('2958465', 1), '9999-12-31'],
    [number('2958466', 1), 'VALUE_INVALID'],
    [number('0', 1), 'VALUE_INVALID'],
    [number('-5', 1), 'VALUE_INVALID'],
    [number('43831.5', 4), 'VALUE_INVALID'],
    [number('0.5', 3), 'VALUE_INVALID'],
    ['<c t="d"><v>2020-01-01T00:00:00</v></c>', '2020-01-01'],
    ['<c t="d"><v>2020-01-01T10:00:00</v></c>', 'VALUE_INVALID'],
    ['<c t="d"><v>2020-02-30</v></c>', 'VALUE_INVALID'],
    ['2020-01-01', '2020-01-01'],
    ['2020/1/1', 'VALUE_INVALID'],
  ])('%s', async (cell, expected) => {
    expect(await day(cell)).toBe(expected);
  });

  it('count from 1904 where the workbook says so', async () => {
    expect(await day(number('0', 1), { date1904: true })).toBe('1904-01-01');
    expect(await day(number('42369', 1), { date1904: true })).toBe('2020-01-01');
  });

  it('are months in columns of months', async () => {
    const month = await judged(number('46082', 2), { is: 'month' });
    expect(formatMonth(month as Month)).toBe('2026-03');
  });

  it.each<[CellKind['is'], unknown]>([
    ['text', '2020-01-01'],
    ['identifier', 'EXCEL_DAMAGED'],
    ['letters', 'EXCEL_DAMAGED'],
    ['region', 'EXCEL_DAMAGED'],
    ['money', 'VALUE_INVALID'],
    ['count', 'VALUE_INVALID'],
    ['name', 'VALUE_INVALID'],
  ])('in %s', async (is, expected) => {
    expect(await judged(number('43831', 1), { is } as CellKind)).toBe(expected);
  });

  it.each([
    ['General', 'plain'],
    ['0.00E+00', 'plain'],
    ['#,##0.00_);[Red]\\(#,##0.00\\)', 'plain'],
    ['"day"0', 'plain'],
    ['@', 'plain'],
    ['[$-804]yyyy"年"m"月"d"日";@', 'date'],
    ['mmm-yy', 'date'],
    ['mmmm', 'date'],
    ['yyyy-mm-dd hh:mm', 'date'],
    ['h:mm AM/PM', 'time'],
    ['[h]:mm:ss', 'time'],
    ['mm:ss.0', 'time'],
  ])('the format %s is %s', (code, meaning) => {
    expect(meaningOfFormat(code)).toBe(meaning);
  });
});
