import { describe, expect, it } from '@jest/globals';
import type { ColumnSpec } from '../src/index.js';
import { compileRow } from '../src/index.js';
import { readAll } from './reading.js';

const columns: ColumnSpec[] = [
  { name: 'record_id', kind: { is: 'identifier' }, required: true },
  { name: 'gross_amount', kind: { is: 'money' } },
];
const read = (text: string, sizes?: readonly number[]) =>
  readAll(text, columns, { format: 'ndjson', limits: { maxRowBytes: 200 }, ...(sizes ? { sizes } : {}) });

describe('an NDJSON table', () => {
  it.each([[[65_536]], [[1]], [[3, 50]]])(
    'reads objects by camelCase or snake_case keys, in pieces of %j',
    async (sizes) => {
      const { rows } = await read(
        '\n{"recordId":"\'Ａ1 ","grossAmount":12.5}\r\n\r\n{"record_id":7,"gross_amount":null}\n{"recordId":"last"}',
        sizes,
      );
      expect(rows.map((row) => [row.line, row.cells, row.malformed])).toEqual([
        [2, ['A1', '12.5'], false],
        [4, ['7', ''], false],
        [5, ['last', ''], false],
      ]);
    },
  );

  it('refuses values that are no cells, column by column', async () => {
    const judge = compileRow(columns);
    const { rows } = await read(
      [
        '{"recordId":true,"grossAmount":[1]}',
        '{"recordId":520000196203180013,"grossAmount":1}',
        '{"recordId":"a\\u0000","grossAmount":1}',
        '{"recordId":"\\ud800","grossAmount":1}',
        '{"recordId":"1","grossAmount":1e300}',
      ].join('\n'),
    );
    const faults = rows.map((row) => {
      const result = judge(row);
      return result.ok ? [] : result.errors.map((error) => `${error.column} ${error.code}`);
    });
    expect(faults).toEqual([
      ['record_id VALUE_INVALID', 'gross_amount VALUE_INVALID'],
      ['record_id VALUE_INVALID'],
      ['record_id VALUE_INVALID'],
      ['record_id VALUE_INVALID'],
      ['gross_amount VALUE_INVALID'],
    ]);
  });

  it('hands out what is no object, or too long, as malformed', async () => {
    for (const sizes of [[65_536], [1]]) {
      const { rows } = await read(
        `{"recordId":"1"}\n{"recordId":\n[1]\n"x"\nnull\n{"recordId":"${'x'.repeat(300)}"}\n{"recordId":"7"}\n`,
        sizes,
      );
      expect(rows.map((row) => [row.line, row.malformed])).toEqual([
        [1, false],
        [2, true],
        [3, true],
        [4, true],
        [5, true],
        [6, true],
        [7, false],
      ]);
    }
  });

  it('warns once of each unknown key, of twenty at most, and of none that may be data', async () => {
    const { warnings } = await read('{"extra":1}\n{"extra":2,"520000196203180013":1}\n{"__proto__":{"recordId":1}}\n');
    expect(warnings).toHaveLength(3);
    expect(warnings.join()).not.toContain('520000');
    const many = Array.from({ length: 50 }, (_, i) => `{"k${i}":1}`).join('\n');
    expect((await read(many)).warnings).toHaveLength(20);
  });

  it('refuses an empty file, and one that is obviously something else', async () => {
    await expect(read('')).rejects.toMatchObject({ code: 'FILE_EMPTY' });
    await expect(read('\n \n')).rejects.toMatchObject({ code: 'FILE_EMPTY' });
    await expect(read('[{"recordId":1}]')).rejects.toMatchObject({ code: 'HEADER_UNUSABLE' });
    await expect(read('record_id,gross_amount\n')).rejects.toMatchObject({ code: 'HEADER_UNUSABLE' });
  });
});
