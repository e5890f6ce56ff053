import { HeduiError } from '@hedui/errors';
import { describe, expect, it } from '@jest/globals';
import { type ColumnSpec, openTable } from '../src/index.js';
import { pieces, readAll, textColumns } from './reading.js';

const columns: ColumnSpec[] = [
  { name: 'record_id', kind: { is: 'identifier' }, required: true },
  { name: 'name', kind: { is: 'name' }, required: true },
  { name: 'programme', kind: { is: 'text' }, requiredInHeader: true },
  { name: 'remark', kind: { is: 'text' } },
];

async function refusal(input: string | Uint8Array): Promise<HeduiError> {
  try {
    await readAll(input, columns);
  } catch (error) {
    if (error instanceof HeduiError) return error;
    throw error;
  }
  throw new Error('the table was not refused');
}

describe('a CSV table', () => {
  it('aligns columns in any order, and cleans every cell', async () => {
    const { rows } = await readAll(
      " Name ,PROGRAMME,ｒｅｃｏｒｄ＿ｉｄ\n'宋\u3000琴, x\u00a0,\u3000' 12\n\"'\",,'''a\n",
      columns,
    );
    expect(rows).toEqual([
      { line: 2, cells: ['12', '宋 琴', 'x', ''], malformed: false, unreadable: null },
      { line: 3, cells: ["''a", '', '', ''], malformed: false, unreadable: null },
    ]);
  });

  it('names each missing or repeated column, with the line of the header', async () => {
    const error = await refusal('\nname,name,remark,remark\n张三,x,,\n');
    expect(error.code).toBe('HEADER_UNUSABLE');
    expect(error.errors?.map(({ line, column, code }) => [line, column, code])).toEqual([
      [2, 'record_id', 'COLUMN_MISSING'],
      [2, 'name', 'COLUMN_REPEATED'],
      [2, 'programme', 'COLUMN_MISSING'],
      [2, 'remark', 'COLUMN_REPEATED'],
    ]);
  });

  it('never repeats what stands in the place of a header', async () => {
    const error = await refusal('T1,张三,520000196203180013\n');
    expect(JSON.stringify([error.message, error.errors])).not.toMatch(/张三|520000/);
  });

  it('refuses a header whose quotes are broken', async () => {
    expect((await refusal('"record_id,name\n1,2\n')).code).toBe('HEADER_UNUSABLE');
  });

  it.each([[''], ['\uFEFF'], ['\n\r\n  \n']])('finds %j empty', async (text) => {
    expect((await refusal(text)).code).toBe('FILE_EMPTY');
  });

  it('accepts a header without rows, with or without a line break at its end', async () => {
    expect((await readAll('record_id,name,programme', columns)).rows).toEqual([]);
    expect((await readAll('record_id,name,programme\r\n\r\n', columns)).rows).toEqual([]);
  });

  it('warns of unknown columns without repeating what may be data', async () => {
    const { warnings } = await readAll('record_id,name,programme,备注,,备注,520000196203180013\n', columns);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain('"备注"');
    expect(warnings[1]).toContain('#7');
  });

  it('tells a malformed row from a good one, and what could be read of it', async () => {
    const { rows } = await readAll('record_id,name,programme\n1,a,b\n2,a,b,c\n3,"a,b\n4,a\n', columns);
    expect(rows.map((row) => [row.line, row.malformed, row.cells[0]])).toEqual([
      [2, false, '1'],
      [3, true, '2'],
      [4, true, '3'],
      [5, false, '4'],
    ]);
  });

  it('hands rows out in arrays of the size asked for, and refuses too many', async () => {
    const text = `a\n${'x\n'.repeat(25)}`;
    const open = (maxRows: number) =>
      openTable(pieces(Buffer.from(text)), {
        format: 'csv',
        columns: textColumns('a'),
        limits: { batchRows: 10, maxRows },
      });
    const sizes: number[] = [];
    for await (const batch of (await open(25)).rows()) sizes.push(batch.length);
    expect(sizes).toEqual([10, 10, 5]);
    await expect(readAll(text, textColumns('a'), { limits: { maxRows: 24 } })).rejects.toMatchObject({
      code: 'BODY_TOO_LARGE',
    });
  });

  it('reads on only when it is asked to, and never closes its input', async () => {
    let given = 0;
    let closed = false;
    async function* endless() {
      try {
        yield Buffer.from('a\n');
        for (;;) {
          given++;
          yield Buffer.from('x\n'.repeat(100));
        }
      } finally {
        closed = true;
      }
    }
    const table = await openTable(endless(), { format: 'csv', columns: textColumns('a'), limits: { batchRows: 100 } });
    expect(given).toBeLessThanOrEqual(1);
    let seen = 0;
    for await (const batch of table.rows()) {
      seen += batch.length;
      if (seen >= 1000) break;
    }
    expect(given).toBeLessThanOrEqual(12);
    expect(closed).toBe(false);
  });

  it('passes on what its input throws', async () => {
    const broken = new Error('the connection is gone');
    async function* input() {
      yield Buffer.from('a\nx\n');
      throw broken;
    }
    const table = await openTable(input(), { format: 'csv', columns: textColumns('a') });
    await expect(table.rows()[Symbol.asyncIterator]().next()).rejects.toBe(broken);
  });
});
