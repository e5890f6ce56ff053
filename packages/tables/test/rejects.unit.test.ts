import type { RejectedRow } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { csvCell, rejectsCsv, rejectsCsvLine } from '../src/index.js';

const rejected: RejectedRow = { line: 7, ref: 'T1', column: 'id_number', code: 'ID_INVALID', rule: '无效 / not valid' };

describe('reject lists', () => {
  it('writes the header and one line a reject', async () => {
    let text = '';
    for await (const line of rejectsCsv([rejected, { ...rejected, line: null, ref: null, column: null }])) text += line;
    expect(text).toBe(
      'line,ref,column,code,rule\n7,T1,id_number,ID_INVALID,无效 / not valid\n,,,ID_INVALID,无效 / not valid\n',
    );
  });

  it('quotes what must be quoted, so that it reads back', () => {
    const ref = 'a,"b"\r\nc';
    const theirs: unknown = parse(rejectsCsvLine({ ...rejected, ref }));
    expect(theirs).toEqual([['7', ref, 'id_number', 'ID_INVALID', '无效 / not valid']]);
  });

  it.each([['=1+1'], ['+1'], ['-1'], ['@a'], ['\tx']])('escapes %j, which a spreadsheet would run', (value) => {
    expect(csvCell(value)).toBe(`'${value}`);
  });

  it('quotes after escaping', () => {
    expect(csvCell('=HYPERLINK("x")')).toBe('"\'=HYPERLINK(""x"")"');
  });
});
