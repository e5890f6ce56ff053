import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { blockCutter } from '../src/blocks.js';
import { openTable, type RawRow } from '../src/index.js';
import { pieces, readAll, textColumns } from './reading.js';

const columns = textColumns('id', 'name', 'amount');
const HEADER = 'id,name,amount\n';

/** What was read of earlier files: the rows of each block, with lines counted from its beginning. */
type Known = Map<string, RawRow[]>;

/** Reads a file, takes over the rows of blocks that are known, and adds those that are not. Returns all rows, in the order of their lines. */
async function readKnowing(file: Uint8Array, known: Known, sizes?: readonly number[]) {
  const table = await openTable(pieces(file, sizes), { format: 'csv', columns });
  const rows: RawRow[] = [];
  const began = new Map<Buffer, number>();
  let context = '';
  let recognised = 0;
  const batches = table.rowsOfBlocks({
    begin(of) {
      context = of;
    },
    recognise(bytes, line) {
      const mark = createHash('sha256').update(context).update(bytes).digest();
      const before = known.get(mark.toString('hex'));
      if (!before) {
        began.set(mark, line);
        return mark;
      }
      rows.push(...before.map((row) => ({ ...row, line: row.line + line })));
      recognised += before.length;
      return null;
    },
  });
  for await (const batch of batches) {
    rows.push(...batch.rows);
    for (const { mark, from, rows: count } of batch.blocks) {
      const begin = began.get(mark) ?? Number.NaN;
      known.set(
        mark.toString('hex'),
        batch.rows.slice(from, from + count).map((row) => ({ ...row, line: row.line - begin })),
      );
    }
  }
  return { rows: rows.sort((a, b) => a.line - b.line), recognised };
}

const ordinary = (n: number) => `R${n},张样${n},${(n * 37) % 1000}.00`;
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ordinary(from + i));
/** With a BOM the encoding is known from the start. */
const fileOf = (all: readonly string[], end = '\n') =>
  Buffer.from(`\uFEFF${HEADER}${all.map((l) => l + end).join('')}`);

describe('blocks of a file', () => {
  it('are the same in a file that has a line more, but for those around it', () => {
    const hashesOf = (all: readonly string[]) =>
      blockCutter(true)
        .push(Buffer.from(all.map((line) => `${line}\n`).join('')))
        .map(({ bytes }) => Buffer.from(bytes).toString());
    const before = hashesOf(lines(0, 4000));
    const after = new Set(hashesOf([...lines(0, 700), 'X,新,1', ...lines(700, 4000)]));
    expect(before.length).toBeGreaterThan(60);
    expect(before.filter((block) => !after.has(block)).length).toBeLessThan(8);
  });

  it('hold every byte, in order, however the file comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 }), (parts) => {
        const cutter = blockCutter(true);
        const blocks = [...parts.flatMap((part) => cutter.push(part)), ...cutter.end()];
        expect(Buffer.concat(blocks.map((b) => b.bytes))).toEqual(Buffer.concat(parts));
        for (const { bytes, lines: count } of blocks) expect(bytes.filter((b) => b === 10)).toHaveLength(count);
      }),
    );
  });

  it('a second file is read in full only where it differs', async () => {
    const known: Known = new Map();
    const first = fileOf(lines(0, 3000));
    expect((await readKnowing(first, known, [100, 4096])).rows).toEqual((await readAll(first, columns)).rows);
    const changed = lines(0, 3000);
    changed[1500] = 'R1500,李样,9.99';
    const second = await readKnowing(fileOf(changed), known, [64, 5000]);
    expect(second.rows).toEqual((await readAll(fileOf(changed), columns)).rows);
    expect(second.recognised).toBeGreaterThan(2500);
    expect(second.recognised).toBeLessThan(2999);
  });

  it('are not recognised under another header or in another encoding', async () => {
    const known: Known = new Map();
    const body = lines(0, 500).join('\n');
    await readKnowing(Buffer.from(`\uFEFF${HEADER}${body}\n`), known, [80]);
    const swapped = Buffer.from(`\uFEFFname,id,amount\n${body}\n`);
    expect(await readKnowing(swapped, known, [80])).toEqual({
      rows: (await readAll(swapped, columns)).rows,
      recognised: 0,
    });
    const marked = Buffer.concat([Buffer.from([0x84, 0x31, 0x95, 0x33]), Buffer.from(`${HEADER}${body}\n`)]);
    const read = await readKnowing(marked, known, [80]);
    expect(read).toEqual({ rows: (await readAll(marked, columns)).rows, recognised: 0 });
  });

  const pool = fc.constantFrom(
    ...lines(0, 40),
    'R1,"张,样",1.00',
    'R2,"two\nlines",2.00',
    'R3,"never closed,3.00',
    'R4,clo"sed,4.00',
    '"',
    '',
    '   ',
    'R5,too,many,cells,here',
    'R6,few',
    'R7,\uFFFD\uFFFD,7.00',
    'R8,x,1\r',
  );
  const edits = fc.array(fc.record({ at: fc.nat(400), remove: fc.nat(3), add: fc.array(pool, { maxLength: 3 }) }), {
    maxLength: 4,
  });

  it('property: whatever changed, the rows are those of the file as it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(pool, { minLength: 60, maxLength: 400 }),
        fc.array(edits, { minLength: 1, maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (all, versions, sizes, damaged) => {
          const known: Known = new Map();
          let now = all;
          for (const version of [[], ...versions]) {
            for (const { at, remove, add } of version) now = now.toSpliced(at % (now.length + 1), remove, ...add);
            const bytes = fileOf(now);
            // Bytes that are no character, in the middle of wherever they fall.
            if (damaged) for (let i = 99; i < bytes.length; i += 997) if (bytes[i] !== 10) bytes[i] = 0xe5;
            const read = await readKnowing(bytes, known, sizes);
            expect(read.rows).toEqual((await readAll(bytes, columns)).rows);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
