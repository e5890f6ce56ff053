/** Damaged files of every format. `HEDUI_FUZZ_RUNS` sets how many of each (default 150); a failure names its seed. */
import { ROW_CODES } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { type ColumnSpec, compileRow, type TableFormat, template } from '../src/index.js';
import { readAll } from './reading.js';
import { partsOf, row, zipped } from './workbooks.js';

const runs = Number(process.env.HEDUI_FUZZ_RUNS ?? 150);
/** For one small file; a second is a thousand times what it takes. */
const MOST_MS = 2000;

const columns: ColumnSpec[] = [
  { name: 'a', kind: { is: 'identifier' }, required: true },
  { name: 'b', kind: { is: 'idNumber', typeColumn: 'c' } },
  { name: 'c', kind: { is: 'idType' } },
  { name: 'd', kind: { is: 'money' } },
  { name: 'e', kind: { is: 'day' } },
  { name: 'f', kind: { is: 'name' } },
];
const judge = compileRow(columns);

const csv = `a,b,c,d,e,f\n${'r1,520000196203180013,,12.50,2026-01-02,"张,""三"""\r\n'.repeat(20)}`;
const ndjson = `${JSON.stringify({ a: 'r1', b: '520000196203180013', d: 12.5, e: '2026-01-02', f: '张三' })}\n`.repeat(
  20,
);
const styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>';
const shared = '<si><t>张三</t></si><si><r><t>李</t></r><r><t>四</t></r></si>';
const cells = [
  'r',
  '520000196203180013',
  undefined,
  '<c><v>12.5</v></c>',
  '<c s="1"><v>46024</v></c>',
  '<c t="s"><v>1</v></c>',
];
const sheet =
  row(1, ['a', 'b', 'c', 'd', 'e', 'f']) +
  Array.from({ length: 20 }, (_, i) => row(i + 2, cells)).join('') +
  row(30, ['<c><f t="array" ref="A30:A31">1</f><v>1</v></c>']);
const parts = partsOf(sheet, { styles, shared });

/** Reads what may be anything. Throws only when something other than rows or a HeduiError comes of it. */
async function survives(bytes: Uint8Array, format: TableFormat): Promise<void> {
  const begun = performance.now();
  try {
    const { rows } = await readAll(bytes, columns, { format, sizes: [1000] });
    for (const each of rows) {
      const result = judge(each);
      if (!result.ok) for (const error of result.errors) expect(ROW_CODES).toHaveProperty(error.code);
    }
  } catch (error) {
    if (!(error instanceof HeduiError)) throw error;
    expect(['FILE_EMPTY', 'FILE_UNREADABLE', 'HEADER_UNUSABLE', 'ENCODING_INVALID', 'BODY_TOO_LARGE']).toContain(
      error.code,
    );
  }
  expect(performance.now() - begun).toBeLessThan(MOST_MS);
}

interface Damage {
  readonly at: number;
  readonly cut: number;
  readonly put: Uint8Array;
}
const damage: fc.Arbitrary<readonly Damage[]> = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.oneof(fc.constant(0), fc.constant(1), fc.nat(200)),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc
        .constantFrom(
          '<',
          '>',
          '"',
          '&',
          '&#0;',
          '</c>',
          '<row>',
          '<c t="s">',
          '<!--',
          '<![CDATA[',
          '\n',
          ',',
          '{',
          'E+9',
          '9'.repeat(30),
        )
        .map((text) => Buffer.from(text)),
    ),
  }),
  { minLength: 1, maxLength: 6 },
);

function damaged(bytes: Uint8Array, places: readonly Damage[]): Buffer {
  return places.reduce((sofar: Buffer, { at, cut, put }) => {
    const from = Math.floor(at * sofar.length);
    return Buffer.concat([sofar.subarray(0, from), put, sofar.subarray(from + cut)]);
  }, Buffer.from(bytes));
}

describe('a damaged file gives rows or a refusal, in time', () => {
  it.each<[string, TableFormat, Buffer]>([
    ['CSV', 'csv', Buffer.from(csv)],
    ['CSV in GB 18030', 'csv', iconv.encode(csv, 'gb18030')],
    ['NDJSON', 'ndjson', Buffer.from(ndjson)],
    ['XLSX', 'xlsx', zipped(parts)],
  ])('%s', async (_, format, good) => {
    await fc.assert(
      fc.asyncProperty(damage, (places) => survives(damaged(good, places), format)),
      { numRuns: runs },
    );
  });

  it('XLSX whose parts are damaged inside an archive that is not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(parts)), damage, (name, places) => {
        const hurt = damaged(Buffer.from(parts[name] ?? ''), places);
        return survives(zipped({ ...parts, [name]: hurt }), 'xlsx');
      }),
      { numRuns: runs },
    );
  });

  it('a template, filled in at random', async () => {
    const pieces: Uint8Array[] = [];
    for await (const piece of template(columns, { format: 'xlsx' })) pieces.push(piece);
    await fc.assert(
      fc.asyncProperty(damage, (places) => survives(damaged(Buffer.concat(pieces), places), 'xlsx')),
      { numRuns: runs },
    );
  });

  it('bytes at random after the first bytes of each format', async () => {
    const first = fc
      .constantFrom('', 'PK\x03\x04', 'PK\x05\x06', 'a\n', '{"a":1}\n')
      .map((text) => Buffer.from(text, 'latin1'));
    await fc.assert(
      fc.asyncProperty(
        first,
        fc.uint8Array({ maxLength: 500 }),
        fc.constantFrom('csv', 'ndjson', 'xlsx'),
        (head, rest, format) => survives(Buffer.concat([head, rest]), format),
      ),
      { numRuns: runs },
    );
  });
});
