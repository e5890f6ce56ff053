import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { HeduiError } from '@hedui/errors';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ColumnSpec, openTable, type TableLimits } from '../src/index.js';
import { pieces } from './reading.js';
import { partsOf, readWorkbookBytes, row, zipped } from './workbooks.js';

const columns: ColumnSpec[] = [{ name: 'a', kind: { is: 'text' }, required: true }];
const rows = Array.from({ length: 3000 }, (_, i) => row(i + 1, [i === 0 ? 'a' : `张${i}`])).join('');
const parts = partsOf(rows);
const good = zipped(parts);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hedui-spool-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function codeOf(bytes: Uint8Array, limits: TableLimits = {}): Promise<string> {
  try {
    await readWorkbookBytes(bytes, columns, { limits, spoolDirectory: folder });
    return 'read';
  } catch (error) {
    if (error instanceof HeduiError) return error.code;
    throw error;
  }
}

/** The bytes with what stands at `find` (in the directory or in a part's own header) replaced. */
function patched(bytes: Buffer, find: Buffer, offset: number, values: readonly number[], last = false): Buffer {
  const copy = Buffer.from(bytes);
  const at = last ? copy.lastIndexOf(find) : copy.indexOf(find);
  if (at < 0) throw new Error('nothing to patch');
  copy.set(values, at + offset);
  return copy;
}

const DIRECTORY_ENTRY = Buffer.from('PK\x01\x02', 'latin1');

describe('an archive', () => {
  it('is refused at once when it is none', async () => {
    expect(await codeOf(Buffer.alloc(0))).toBe('FILE_EMPTY');
    expect(await codeOf(Buffer.from('PK'))).toBe('FILE_UNREADABLE');
    expect(await codeOf(Buffer.from('a,b,c\n1,2,3\n'))).toBe('FILE_UNREADABLE');
    expect(await codeOf(zipped({}))).toBe('FILE_UNREADABLE');
    expect(await codeOf(zipped({ 'content.xml': '<a/>' }))).toBe('FILE_UNREADABLE');
    const compound = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2000)]);
    await expect(readWorkbookBytes(compound, columns)).rejects.toThrow(/old \.xls workbook or one with a password/);
  });

  it('is refused when it is cut anywhere', async () => {
    for (let size = 1; size < good.length; size += 997)
      expect(await codeOf(good.subarray(0, size))).toBe('FILE_UNREADABLE');
  });

  it('is refused for a wrong checksum, a wrong size, an encrypted part, an unknown method', async () => {
    expect(await codeOf(good)).toBe('read');
    expect(await codeOf(patched(good, DIRECTORY_ENTRY, 16, [1, 2, 3, 4], true))).toBe('FILE_UNREADABLE');
    expect(await codeOf(patched(good, DIRECTORY_ENTRY, 24, [9], true))).toBe('FILE_UNREADABLE');
    expect(await codeOf(patched(good, DIRECTORY_ENTRY, 8, [1, 8], true))).toBe('FILE_UNREADABLE');
    expect(await codeOf(patched(good, DIRECTORY_ENTRY, 10, [99], true))).toBe('FILE_UNREADABLE');
  });

  it('is refused for parts that stand there twice or lead out of it', async () => {
    expect(await codeOf(zipped({ ...parts, 'XL/workbook.xml': '<workbook/>' }))).toBe('FILE_UNREADABLE');
    expect(await codeOf(zipped({ ...parts, '../../x': '' }))).toBe('FILE_UNREADABLE');
  });

  it('has bounds: its size, its parts, what they unpack to', async () => {
    expect(await codeOf(good, { maxPackedBytes: good.length - 1 })).toBe('BODY_TOO_LARGE');
    expect(await codeOf(good, { maxPackedBytes: good.length })).toBe('read');
    expect(await codeOf(good, { maxEntries: 5 })).toBe('BODY_TOO_LARGE');
    expect(await codeOf(good, { maxEntries: 6 })).toBe('read');
    expect(await codeOf(good, { maxSheetBytes: rows.length })).toBe('BODY_TOO_LARGE');
    expect(await codeOf(good, { maxSharedStringBytes: 5 })).toBe('BODY_TOO_LARGE');
    expect(await codeOf(good, { maxRows: 2000 })).toBe('BODY_TOO_LARGE');
    const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`m/${i}`, '']));
    expect(await codeOf(zipped({ ...parts, ...many }))).toBe('BODY_TOO_LARGE');
  });

  it('is refused as a bomb before it is unpacked', async () => {
    const spaces = ' '.repeat(20 * 1_048_576);
    for (const part of ['xl/worksheets/sheet1.xml', 'xl/sharedStrings.xml', 'xl/styles.xml']) {
      expect(await codeOf(zipped({ ...parts, [part]: `<a>${spaces}</a>` }))).toBe('BODY_TOO_LARGE');
    }
  });

  it('is refused when few shared strings would unfold to too much', async () => {
    const long = `<si><t>${'a'.repeat(30_000)}</t></si>`;
    const cell = '<c t="s"><v>0</v></c>';
    const unfolding = row(1, ['a']) + Array.from({ length: 400 }, (_, i) => row(i + 2, [cell])).join('');
    const bytes = zipped(partsOf(unfolding, { shared: long }));
    expect(await codeOf(bytes)).toBe('read');
    expect(await codeOf(bytes, { maxSheetBytes: 1_000_000 })).toBe('BODY_TOO_LARGE');
  });

  it('hands out long rows in small arrays', async () => {
    const long = `<si><t>${'a'.repeat(30_000)}</t></si>`;
    const many = row(1, ['a']) + Array.from({ length: 400 }, (_, i) => row(i + 2, ['<c t="s"><v>0</v></c>'])).join('');
    const bytes = zipped(partsOf(many, { shared: long }));
    const table = await openTable(pieces(bytes), { format: 'xlsx', columns });
    const sizes: number[] = [];
    for await (const batch of table.rows()) sizes.push(batch.length);
    expect(sizes).toEqual([140, 140, 120]);
  });
});

describe('the temporary file', () => {
  const open = (input: AsyncIterable<Uint8Array>) =>
    openTable(input, { format: 'xlsx', columns, spoolDirectory: folder, limits: { batchRows: 10 } });

  /** Files that this process holds open in the folder although they have no name any more. */
  async function held(): Promise<number> {
    const numbers = await readdir('/proc/self/fd');
    const found = await Promise.all(numbers.map((number) => stat(`/proc/self/fd/${number}`).catch(() => null)));
    return found.filter((each) => each?.isFile() && each.nlink === 0).length;
  }

  it('has no name while it is read, and is closed after the last row', async () => {
    const before = await held();
    const table = await open(pieces(good));
    expect(await readdir(folder)).toEqual([]);
    expect(await held()).toBe(before + 1);
    let count = 0;
    for await (const batch of table.rows()) count += batch.length;
    expect(count).toBe(2999);
    expect(await held()).toBe(before);
    await table.close();
  });

  it('is closed when reading stops, fails, or never begins', async () => {
    const before = await held();
    for await (const batch of (await open(pieces(good))).rows()) {
      expect(batch).toHaveLength(10);
      break;
    }
    await (await open(pieces(good))).close();
    await expect(open(pieces(good.subarray(0, 900)))).rejects.toThrow(HeduiError);
    await expect(open(pieces(zipped(partsOf(row(1, ['b'])))))).rejects.toThrow('HEADER_UNUSABLE');
    expect(await codeOf(zipped(partsOf(`${rows}<row r="1"/>`)))).toBe('FILE_UNREADABLE');
    async function* brokenOff(): AsyncGenerator<Uint8Array> {
      yield good.subarray(0, 100);
      throw new Error('gone');
    }
    await expect(open(brokenOff())).rejects.toThrow('gone');
    expect(await held()).toBe(before);
    expect(await readdir(folder)).toEqual([]);
  });

  it('that cannot be made is a failure of storage, not of the file', async () => {
    const nowhere = openTable(pieces(good), { format: 'xlsx', columns, spoolDirectory: path.join(folder, 'none') });
    await expect(nowhere).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', retriable: true });
  });

  it('leaves the input open, as with the other formats', async () => {
    let closed = false;
    const input: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: Buffer.from('not a zip archive') }),
        return: async () => {
          closed = true;
          return { done: true, value: undefined };
        },
      }),
    };
    await expect(open(input)).rejects.toThrow('FILE_UNREADABLE');
    expect(closed).toBe(false);
  });
});
