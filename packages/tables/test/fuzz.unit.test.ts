import { ROW_CODES } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ColumnSpec, compileRow } from '../src/index.js';
import { readAll } from './reading.js';

const columns: ColumnSpec[] = [
  { name: 'a', kind: { is: 'identifier' }, required: true },
  { name: 'b', kind: { is: 'idNumber', typeColumn: 'c' } },
  { name: 'c', kind: { is: 'idType' } },
  { name: 'd', kind: { is: 'money' } },
  { name: 'e', kind: { is: 'day' } },
  { name: 'f', kind: { is: 'name' } },
  { name: 'g', kind: { is: 'letters' } },
];
const judge = compileRow(columns);

const header = fc.constantFrom(
  ...['', 'a,b,c,d,e,f,g\n', 'a\r\n', '{"a":1}\n', '\uFEFFa,f\n', '{'].map((text) => Buffer.from(text)),
);
const alphabet = ['"', ',', '\n', '\r\n', '{', '}', ':', 'a', '1', '-', '.', 'E+', '张', '*', '\0'].map((text) =>
  Buffer.from(text),
);
const rough = fc.array(fc.constantFrom(...alphabet), { maxLength: 80 }).map((parts) => Buffer.concat(parts));
const body = fc.oneof(fc.uint8Array({ maxLength: 200 }), rough, fc.uint8Array({ min: 0x80, maxLength: 60 }));

describe('any bytes', () => {
  it('give rows or a HeduiError, and every row gives values or known codes', async () => {
    await fc.assert(
      fc.asyncProperty(
        header,
        body,
        fc.constantFrom('csv' as const, 'ndjson' as const),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }),
        async (first, rest, format, sizes) => {
          const bytes = Buffer.concat([first, rest]);
          try {
            const { rows } = await readAll(bytes, columns, { format, sizes, limits: { maxRowBytes: 50 } });
            expect(rows.length).toBeLessThanOrEqual(bytes.length);
            for (const row of rows) {
              const result = judge(row);
              if (!result.ok) for (const error of result.errors) expect(ROW_CODES).toHaveProperty(error.code);
            }
          } catch (error) {
            if (!(error instanceof HeduiError)) throw error;
            expect(['FILE_EMPTY', 'HEADER_UNUSABLE', 'ENCODING_INVALID']).toContain(error.code);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });
});
