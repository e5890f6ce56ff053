import { HeduiError } from '@hedui/errors';
import { describe, expect, it } from '@jest/globals';
import { writeXlsx } from 'hucre/xlsx';
import type { ColumnSpec } from '../src/index.js';
import { partsOf, readWorkbookBytes, row, zipped } from './workbooks.js';

const columns: ColumnSpec[] = [
  { name: 'record_id', kind: { is: 'identifier' }, required: true },
  { name: 'name', kind: { is: 'name' }, required: true },
  { name: 'gross_amount', kind: { is: 'money' } },
];
const header = row(1, ['record_id', 'name', 'gross_amount']);

async function refusal(parts: Record<string, string>): Promise<HeduiError> {
  try {
    await readWorkbookBytes(zipped(parts), columns);
  } catch (error) {
    if (error instanceof HeduiError) return error;
    throw error;
  }
  throw new Error('the workbook was not refused');
}

describe('a worksheet', () => {
  it('gives what another writer wrote, whatever the order of its columns', async () => {
    for (const stringMode of ['shared', 'inline'] as const) {
      const rows = [['remark', ' Name ', 'RECORD_ID'], ['x', '张三', '1'], [], [null, '李四', 2]];
      const bytes = await writeXlsx({ sheets: [{ name: 'a', rows }], stringMode });
      const read = await readWorkbookBytes(bytes, columns);
      expect(read.rows).toEqual([
        { line: 2, cells: ['1', '张三', ''], malformed: false, unreadable: null },
        { line: 4, cells: ['2', '李四', ''], malformed: false, unreadable: null },
      ]);
      expect(read.warnings).toEqual([expect.stringContaining('"remark"')]);
    }
  });

  it('counts rows as the sheet does, passes blank ones over, and needs no references', async () => {
    const blank = row(3, ['<c s="4"/>', ' ']);
    const plain = '<row><c t="str"><v>1</v></c><c/><c><v>2</v></c></row>';
    const rows = row(2, [' ']) + blank + header.replaceAll('1"', '7"') + plain + row(900, ['2', 'x']);
    const read = await readWorkbookBytes(zipped(partsOf(rows)), columns);
    expect(read.rows.map(({ line, cells }) => [line, ...cells])).toEqual([
      [8, '1', '', '2'],
      [900, '2', 'x', ''],
    ]);
  });

  it('keeps a row that holds something in a column nobody asked for, but nothing to the right of the header', async () => {
    const rows =
      row(1, ['record_id', 'name', 'remark']) +
      row(2, [undefined, undefined, 'x']) +
      row(3, [undefined, undefined, undefined, 'y']) +
      row(4, [undefined, undefined, '<c t="s"><v>0</v></c>']);
    const read = await readWorkbookBytes(zipped(partsOf(rows, { shared: '<si><t>z</t></si>' })), columns);
    expect(read.rows.map(({ line, cells }) => [line, ...cells])).toEqual([
      [2, '', '', ''],
      [4, '', '', ''],
    ]);
    expect(read.warnings.join()).toContain('right of the header');
  });

  it('is the first that is not hidden; others and merged cells are told of', async () => {
    const parts = partsOf('');
    parts['xl/workbook.xml'] =
      '<x:workbook xmlns:x="m" xmlns:r="r"><x:sheets><x:sheet name="h" state="hidden" r:id="r9"/><x:sheet name="v" state="veryHidden" r:id="r9"/><x:sheet name="c" r:id="r8"/><x:sheet name="s" r:id="r1"/><x:sheet name="t" r:id="r9"/></x:sheets></x:workbook>';
    parts['xl/_rels/workbook.xml.rels'] =
      '<Relationships><Relationship Id="r8" Type="a/chartsheet" Target="c.xml"/><Relationship Id="r9" Type="a/worksheet" Target="no.xml"/><Relationship Id="r1" Type="a/worksheet" Target="worksheets/../worksheets/SHEET1.xml"/></Relationships>';
    const sheet = `<worksheet><sheetData>${header}${row(2, ['1', 'x'])}</sheetData><mergeCells><mergeCell ref="A2:A3"/><mergeCell ref="B2:B3"/></mergeCells></worksheet>`;
    const prefixed = sheet.replaceAll(/<(\/?)/g, '<$1x:').replace('<x:worksheet', '<x:worksheet xmlns:x="m"');
    const read = await readWorkbookBytes(zipped({ ...parts, 'xl/worksheets/sheet1.xml': prefixed }), columns);
    expect(read.rows).toHaveLength(1);
    expect(read.warnings).toEqual([
      expect.stringContaining('first worksheet'),
      expect.stringContaining('merged cells'),
    ]);
  });

  it('makes a malformed row of one that is too long, too wide, or out of order', async () => {
    const wide = `<row r="3">${'<c/>'.repeat(20_000)}<c t="str"><v>1</v></c></row>`;
    const order = '<row r="4"><c r="B4" t="str"><v>b</v></c><c r="A4" t="str"><v>a</v></c></row>';
    const rows = header + row(2, ['1', 'x'.repeat(900), '1'.repeat(200)]) + wide + order + row(5, ['5', 'x']);
    const read = await readWorkbookBytes(zipped(partsOf(rows)), columns, { limits: { maxRowBytes: 1000 } });
    expect(read.rows.map((each) => [each.line, each.malformed])).toEqual([
      [2, true],
      [3, true],
      [4, true],
      [5, false],
    ]);
  });
});

describe('a workbook is refused', () => {
  it.each<[string, string, string, string]>([
    ['without rows', 'FILE_EMPTY', 'xl/worksheets/sheet1.xml', '<worksheet><sheetData/></worksheet>'],
    [
      'with blank cells only',
      'FILE_EMPTY',
      'xl/worksheets/sheet1.xml',
      `<worksheet><sheetData>${row(1, [' '])}</sheetData></worksheet>`,
    ],
    ['without a sheet', 'HEADER_UNUSABLE', 'xl/workbook.xml', '<workbook/>'],
    [
      'without its workbook',
      'FILE_UNREADABLE',
      '_rels/.rels',
      '<Relationships><Relationship Id="a" Type="x/officeDocument" Target="content.xml"/></Relationships>',
    ],
    [
      'with a link to elsewhere',
      'HEADER_UNUSABLE',
      'xl/_rels/workbook.xml.rels',
      '<Relationships><Relationship Id="r1" Type="a/worksheet" TargetMode="External" Target="file:///etc/passwd"/></Relationships>',
    ],
    [
      'with a missing sheet',
      'FILE_UNREADABLE',
      'xl/_rels/workbook.xml.rels',
      '<Relationships><Relationship Id="r1" Type="a/worksheet" Target="../../../etc/passwd"/></Relationships>',
    ],
    ['with broken XML', 'FILE_UNREADABLE', 'xl/worksheets/sheet1.xml', '<worksheet><sheetData><row></sheetData>'],
    [
      'with XML that ends early',
      'FILE_UNREADABLE',
      'xl/worksheets/sheet1.xml',
      `<worksheet><sheetData>${header}${row(2, ['1', 'x'])}`,
    ],
    ['with UTF-16', 'FILE_UNREADABLE', 'xl/workbook.xml', '<\0w\0/\0>\0'],
    [
      'with rows out of order',
      'FILE_UNREADABLE',
      'xl/worksheets/sheet1.xml',
      `<worksheet><sheetData>${header}${row(3, ['1'])}${row(2, ['1'])}</sheetData></worksheet>`,
    ],
    [
      'with a row in a row',
      'FILE_UNREADABLE',
      'xl/worksheets/sheet1.xml',
      `<worksheet><sheetData>${header}<row><row/></row></sheetData></worksheet>`,
    ],
    [
      'with a row too many',
      'FILE_UNREADABLE',
      'xl/worksheets/sheet1.xml',
      `<worksheet><sheetData>${header}<row r="1048577"/></sheetData></worksheet>`,
    ],
    ['with XML too deep', 'FILE_UNREADABLE', 'xl/worksheets/sheet1.xml', '<a>'.repeat(200)],
    ['with a tag too long', 'FILE_UNREADABLE', 'xl/worksheets/sheet1.xml', `<worksheet a="${'a'.repeat(1_100_000)}"/>`],
  ])('%s: %s', async (_, code, part, text) => {
    expect((await refusal({ ...partsOf(header), [part]: text })).code).toBe(code);
  });

  it('for entities, which are never unfolded', async () => {
    const bomb = `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>`;
    const outside = '<!DOCTYPE a SYSTEM "file:///etc/passwd">';
    for (const type of [bomb, outside]) {
      const sheet = `${type}<worksheet><sheetData>${row(1, ['&b;'])}</sheetData></worksheet>`;
      expect((await refusal({ ...partsOf(''), 'xl/worksheets/sheet1.xml': sheet })).code).toBe('FILE_UNREADABLE');
    }
    expect((await refusal(partsOf(row(1, ['&b;'])))).code).toBe('FILE_UNREADABLE');
  });

  it('for a header that lacks a column, is repeated, or is made of formulas, with the line in the sheet', async () => {
    const formula = '<c t="str"><f>"name"</f><v>name</v></c>';
    const error = await refusal(partsOf(row(3, ['gross_amount', 'gross_amount', formula, 'record_id'])));
    expect(error.code).toBe('HEADER_UNUSABLE');
    expect(error.errors?.map(({ line, column, code }) => [line, column, code])).toEqual([
      [3, 'name', 'COLUMN_MISSING'],
      [3, 'gross_amount', 'COLUMN_REPEATED'],
    ]);
  });

  it('without a word of what it holds', async () => {
    const error = await refusal(partsOf(`${row(1, ['520000196203180013', '张三'])}<张三520000196203180013>`));
    expect(JSON.stringify([error.message, error.detail, error.errors, String(error.cause)])).not.toMatch(/张三|5200/);
  });
});
