import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { csvScanner, type ScannedRow } from '../src/csv-scanner.js';

function scanAll(pieces: readonly string[], { cells = 0, limit = 1_048_576 } = {}): ScannedRow[] {
  const scanner = csvScanner(limit);
  scanner.expectCells(cells);
  const rows: ScannedRow[] = [];
  const drain = () => {
    for (let row = scanner.next(); row; row = scanner.next()) rows.push(row);
  };
  for (const piece of pieces) {
    scanner.push(piece);
    drain();
  }
  scanner.end();
  drain();
  return rows;
}

/** A text cut at these places. */
function cut(text: string, places: readonly number[]): string[] {
  const ends = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...ends].map((from, i) => text.slice(from, ends[i] ?? text.length));
}

const brief = (rows: ScannedRow[]) => rows.map((row) => [row.line, row.malformed ? 'malformed' : row.cells]);

describe('csvScanner', () => {
  it('reads quotes, doubled quotes and line breaks inside cells, and counts physical lines', () => {
    const rows = scanAll(['a,b\r\n"x, y","say ""so"""\n"one\r\ntwo\nthree",1\r\nlast,""']);
    expect(brief(rows)).toEqual([
      [1, ['a', 'b']],
      [2, ['x, y', 'say "so"']],
      [3, ['one\r\ntwo\nthree', '1']],
      [6, ['last', '']],
    ]);
  });

  it('loses nothing where LF and CRLF are mixed, and passes over blank lines', () => {
    const rows = scanAll(['a\nb\r\n\r\n  \nc\r\n\nd\n'], { cells: 1 });
    expect(brief(rows)).toEqual([
      [1, ['a']],
      [2, ['b']],
      [5, ['c']],
      [7, ['d']],
    ]);
  });

  it('keeps a row of blank cells, and a quote inside an unquoted cell', () => {
    expect(brief(scanAll([',\n5" pipe,x\n""\n']))).toEqual([
      [1, ['', '']],
      [2, ['5" pipe', 'x']],
      [3, ['']],
    ]);
  });

  it('accepts blank cells missing or superfluous at the end of a row, nothing else', () => {
    const rows = scanAll(['a,b\na,b,, \na,b,c\na\n'], { cells: 2 });
    expect(rows.map((row) => row.malformed)).toEqual([false, false, true, false]);
  });

  it.each([
    ['closed nowhere', '1,"open,x\n2,b,y\n3,c,z\n'],
    ['closed by the next quoted cell', '1,"open,x\n2,"b",y\n3,c,z\n'],
    ['followed by text', '1,"op"en,x\n2,b,y\n3,c,z\n'],
    ['joined with a later one in another column', '1,"open,x\n2,b,y"\n3,c,z\n'],
  ])('a broken quote costs its own row: %s', (_, text) => {
    const rows = scanAll([text], { cells: 3 });
    expect(rows.map((row) => [row.line, row.malformed])).toEqual([
      [1, true],
      [2, false],
      [3, false],
    ]);
    expect(rows[0]?.cells[0]).toBe('1');
  });

  it('goes back after a quote that is open for longer than a row may be', () => {
    const lines = Array.from({ length: 50 }, (_, i) => `${i},b,c`);
    const rows = scanAll([`x,"open,c\n${lines.join('\n')}\n`], { cells: 3, limit: 100 });
    expect(rows).toHaveLength(51);
    expect(rows.filter((row) => row.malformed).map((row) => row.line)).toEqual([1]);
    expect(rows.at(-1)).toEqual({ line: 51, cells: ['49', 'b', 'c'], malformed: false });
  });

  it('reports a line that is too long once, and goes on with the next', () => {
    for (const size of [7, 5000]) {
      const text = `a,b\nlong,${'x'.repeat(1000)}\nc,d\n`;
      const rows = scanAll(
        cut(
          text,
          Array.from({ length: text.length / size }, (_, i) => i * size),
        ),
        { limit: 100 },
      );
      expect(brief(rows)).toEqual([
        [1, ['a', 'b']],
        [2, 'malformed'],
        [3, ['c', 'd']],
      ]);
      expect(rows[1]?.cells).toEqual(['long']);
    }
  });

  it('stays linear when every line opens a quote or none closes', () => {
    const started = performance.now();
    scanAll(['a,"b,c\n'.repeat(100_000)], { cells: 3 });
    scanAll([`"open\n${'a,"",c\n'.repeat(200_000)}`], { cells: 3 });
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  const cell = fc.string({ unit: fc.constantFrom('a', '张', ' ', ',', '"', '\n', '\r\n', 'Z', '1'), maxLength: 6 });
  const table = fc
    .integer({ min: 1, max: 5 })
    .chain((width) =>
      fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 12 }),
    );
  const places = fc.array(fc.nat(500), { maxLength: 12 });
  const breaks = fc.array(fc.constantFrom('\n', '\r\n'), { minLength: 12, maxLength: 12 });
  const quoteAnyway = fc.array(fc.boolean(), { minLength: 60, maxLength: 60 });

  function write(rows: string[][], ends: readonly string[], quoted: readonly boolean[]): string {
    let n = 0;
    const lines = rows.map((row) => row.map((text) => quote(text, quoted[n++] ?? true)).join(','));
    return lines.map((line, i) => line + (ends[i] ?? '\n')).join('');
  }

  const quote = (text: string, anyway: boolean) =>
    anyway || text.trim() !== text || /[",\r\n]/.test(text) || text === '' ? `"${text.replaceAll('"', '""')}"` : text;

  it('reads back what was written, however it is cut', () => {
    fc.assert(
      fc.property(table, breaks, quoteAnyway, places, (rows, ends, quoted, at) => {
        const text = write(rows, ends, quoted);
        const read = scanAll(cut(text, at), { cells: rows[0]?.length ?? 0 });
        expect(read.map((row) => row.cells)).toEqual(rows);
        let line = 1;
        for (const [i, row] of read.entries()) {
          expect(row.line).toBe(line);
          line += 1 + (rows[i] ?? []).join('').split('\n').length - 1;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('agrees with csv-parse on well-formed files', () => {
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n'), quoteAnyway, places, (rows, end, quoted, at) => {
        const text = write(rows, new Array<string>(12).fill(end), quoted);
        const theirs: unknown = parse(text, { record_delimiter: end });
        expect(scanAll(cut(text, at)).map((row) => row.cells)).toEqual(theirs);
      }),
      { numRuns: 300 },
    );
  });

  it('on any text: the same rows however it is cut, and every line that is not blank in one of them', () => {
    const any = fc.string({ unit: fc.constantFrom('a', 'b', ',', '"', '\n', '\r\n', ' ', '""'), maxLength: 60 });
    fc.assert(
      fc.property(
        any,
        places,
        fc.constantFrom(5, 20, 1000),
        fc.integer({ min: 0, max: 3 }),
        (text, at, limit, cells) => {
          const whole = scanAll([text], { limit, cells });
          expect(scanAll(cut(text, at), { limit, cells })).toEqual(whole);
          const covered = new Set<number>();
          whole.forEach((row) => {
            const inside = row.malformed ? 0 : row.cells.join('').split('\n').length - 1;
            for (let line = row.line; line <= row.line + inside; line++) covered.add(line);
          });
          text.split('\n').forEach((line, i) => {
            if (line.trim() !== '') expect(covered.has(i + 1)).toBe(true);
          });
        },
      ),
      { numRuns: 1000 },
    );
  });
});
