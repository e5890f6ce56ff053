import { HeduiError } from '@hedui/errors';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CsvPart, openCsvParts, openTable, type RawRow, readCsvPart } from '../src/index.js';
import { pieces, textColumns } from './reading.js';

const columns = textColumns('key', 'a', 'b');
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const GB_MARK = Buffer.from([0x84, 0x31, 0x95, 0x33]);
const LONGEST = 120;

interface Read {
  rows: RawRow[];
  warnings: readonly string[];
  /** Keys of the rows of each part. */
  parts: string[][];
  /** Rows that were in no part. */
  rest: number;
}

type Limits = { leastBytes?: number; groups?: number; rows?: number; maxRowBytes?: number; maxRows?: number };

async function inParts(bytes: Uint8Array, sizes: readonly number[], limits: Limits = {}): Promise<Read> {
  const { maxRows = Infinity, maxRowBytes = LONGEST } = limits;
  const opened = await openCsvParts(pieces(bytes, sizes), { columns, key: 0, leastBytes: 1, maxRowBytes, ...limits });
  const rows: RawRow[] = [];
  const parts: string[][] = [];
  if (opened.parts === null) {
    const table = await openTable(opened.input, { format: 'csv', columns, limits: { maxRowBytes, maxRows } });
    for await (const some of table.rows()) rows.push(...some);
    return { rows, parts, rest: rows.length, warnings: table.warnings };
  }
  const kept: CsvPart[] = [];
  for await (const part of opened.parts.parts()) kept.push(part);
  // Read in another order than they were cut in, as threads do.
  const read = new Map<CsvPart, RawRow[]>();
  for (const part of kept.toReversed()) {
    const own: RawRow[] = [];
    readCsvPart(opened.parts.form, part.bytes, part.line, (row) => own.push(row));
    read.set(part, own);
  }
  for (const part of kept) {
    const own = read.get(part) ?? [];
    parts.push(own.map(({ cells }) => cells[0] ?? ''));
    rows.push(...own);
  }
  const before = rows.length;
  for await (const some of opened.parts.rest({ batchRows: 7, maxRows, before })) rows.push(...some);
  return { rows, parts, rest: rows.length - before, warnings: opened.parts.warnings };
}

async function asOne(bytes: Uint8Array, maxRowBytes = LONGEST): Promise<Pick<Read, 'rows' | 'warnings'>> {
  const table = await openTable(pieces(bytes), { format: 'csv', columns, limits: { maxRowBytes } });
  const rows: RawRow[] = [];
  for await (const some of table.rows()) rows.push(...some);
  return { rows, warnings: table.warnings };
}

const problem = (error: unknown): string => {
  if (error instanceof HeduiError) return error.code;
  throw error;
};

const text = (...values: string[]) => fc.constantFrom(...values.map((value) => Buffer.from(value)));
const key = text('H1', 'H2', 'H3', '', ' H1', 'Ｈ1', "'H1", '"H1"', '"H,1"', '"H2" ', 'H"1');
const goodCell = text('', 'x', '张三', '12.5', '"x,y"', '"say ""so"""', 'mid"quote', '"x" ', "'0");
const badCell = fc.oneof(
  text('"x\ny"', '"x\r\ny"', '"open', '"x"y', '""', '"', 'a\rb', '\uFEFF', 'w'.repeat(60), '\u0085', '\u2028'),
  fc.uint8Array({ min: 0x80, max: 0xff, minLength: 1, maxLength: 5 }).map((bytes) => Buffer.from(bytes)),
);
const end = text('\n', '\n', '\n', '\r\n', ',\n', ',,,\n', '\n\n', '\r\n \r\n');
const comma = Buffer.from(',');
const row = (cell: fc.Arbitrary<Buffer>) =>
  fc.tuple(key, cell, cell, end).map(([a, b, c, e]) => Buffer.concat([a, comma, b, comma, c, e]));
const good = row(goodCell);
const broken = fc.oneof(row(badCell), text('\n', 'H1\n', 'H1,x\n', '"H1\n', 'H1,x,y,z\n', '\uFEFFH1,x,y\n'));
const nul = fc.constant(Buffer.from([0]));
const rowsOf = (...weighted: [number, fc.Arbitrary<Buffer>][]) =>
  fc
    .array(fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary }))), { maxLength: 60 })
    .map((parts) => Buffer.concat(parts));
const bodies = fc.oneof(
  rowsOf([1, good]),
  rowsOf([30, good], [1, broken]),
  rowsOf([3, good], [2, broken]),
  rowsOf([40, good], [1, broken], [1, nul]),
);
const headers = text(
  'key,a,b\n',
  'key,a,b\r\n',
  'b,key,a\n',
  'a,"key",b,more\n',
  '\nkey,a,b\n',
  'key,"a\n",b\n',
  'key,a,b',
);
const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 4 });

describe('a CSV in parts', () => {
  it.each([
    ['UTF-8', MARK],
    ['GB 18030', GB_MARK],
    ['an encoding that is not known yet', Buffer.alloc(0)],
  ])('has the rows that it has as one table, whatever stands in it: %s', async (_, mark) => {
    await fc.assert(
      fc.asyncProperty(headers, bodies, sizes, fc.integer({ min: 1, max: 6 }), async (header, body, cuts, groups) => {
        const bytes = Buffer.concat([mark, header, body]);
        const one = await asOne(bytes).catch(problem);
        const many = await inParts(bytes, cuts, { groups, rows: groups * 3 }).catch(problem);
        if (typeof one === 'string' || typeof many === 'string') {
          expect(many).toEqual(one);
          return;
        }
        expect(many.rows).toEqual(one.rows);
        expect(many.warnings).toEqual(one.warnings);
        for (const [i, part] of many.parts.slice(0, -1).entries()) {
          const next = many.parts[i + 1] ?? [];
          expect([part.at(-1), next[0]]).not.toContain('');
          expect(part.at(-1)).not.toBe(next[0]);
        }
      }),
      { numRuns: 600 },
    );
  });

  const lines = (count: number, of: (i: number) => string) => Array.from({ length: count }, (_, i) => of(i)).join('');
  const file = (body: string) => Buffer.concat([MARK, Buffer.from(`key,a,b\n${body}`)]);

  it('is cut between groups, after so many of them', async () => {
    const { parts, rest } = await inParts(file(lines(60, (i) => `H${Math.floor(i / 3)},张,${i}\n`)), [64], {
      groups: 4,
      maxRowBytes: 4096,
    });
    expect(parts.map((part) => new Set(part).size)).toEqual([4, 4, 4, 4, 4]);
    expect(rest).toBe(0);
  });

  it('is cut before a part has too many rows', async () => {
    const { parts } = await inParts(file(lines(40, (i) => `H${Math.floor(i / 4)},x,y\n`)), [64], {
      rows: 10,
      maxRowBytes: 4096,
    });
    expect(parts.map((part) => part.length)).toEqual([8, 8, 8, 8, 8]);
  });

  it('is cut where quotes are closed on their line, and no more after a row over two lines', async () => {
    const quoted = lines(20, (i) => `"H${i}","x, ""y""",z\n`);
    expect((await inParts(file(quoted), [64], { groups: 5, maxRowBytes: 4096 })).parts).toHaveLength(4);
    const broken = `${quoted}H20,"two\nlines",z\n${quoted}`;
    const { parts, rest, rows } = await inParts(file(broken), [64], { groups: 5, maxRowBytes: 4096 });
    expect([parts.length, rest, rows.length]).toEqual([4, 22, 41]);
  });

  it('is read as one from a group on that is longer than a part may be', async () => {
    const { parts, rest } = await inParts(file(lines(40, (i) => (i < 3 ? `H${i},x,y\n` : 'HX,x,y\n'))), [64], {
      groups: 2,
      rows: 9,
    });
    expect([parts.flat().length, rest]).toEqual([3, 37]);
  });

  it('counts the rows of parts against the limit of the rest', async () => {
    const body = `${lines(10, (i) => `H${i},x,y\n`)}H,"a\nb",c\n`;
    await expect(inParts(file(body), [64], { groups: 2, maxRows: 10 })).rejects.toMatchObject({
      code: 'BODY_TOO_LARGE',
    });
    expect((await inParts(file(body), [64], { groups: 2, maxRows: 11 })).rows).toHaveLength(11);
  });

  it('is cut when its encoding shows by its text', async () => {
    const body = `key,a,b\n${lines(9000, (i) => `H${i},张三,李四\n`)}`;
    const { parts, rest } = await inParts(Buffer.from(body), [65_536], { leastBytes: 100_000, maxRowBytes: 1_048_576 });
    expect([parts.length > 0, rest]).toEqual([true, 0]);
    expect((await inParts(Buffer.from(body), [65_536], { leastBytes: 1_000, maxRowBytes: 1_048_576 })).parts).toEqual(
      [],
    );
  });
});
