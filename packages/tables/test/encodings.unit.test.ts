import { HeduiError } from '@hedui/errors';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { guessEncoding } from '../src/encoding-guess.js';
import { readAll, textColumns } from './reading.js';

const columns = textColumns('a', 'b');
const ascii = `a,b\n${'plain,row\n'.repeat(20_000)}`;

async function cellsOf(bytes: Uint8Array, sizes?: readonly number[]): Promise<string[]> {
  const { rows } = await readAll(bytes, columns, sizes ? { sizes } : {});
  return rows.map((row) => row.cells.join('|'));
}

async function codeOf(bytes: Uint8Array): Promise<string> {
  try {
    await readAll(bytes, columns);
    return 'ok';
  } catch (error) {
    return error instanceof HeduiError ? error.code : String(error);
  }
}

describe('encodings', () => {
  const text = 'a,b\n张三丰,样本单位\n龙𬱖燚,沈䶮红\nMcKenzie Öztürk,阿依·郭涛\n';
  const wanted = ['张三丰|样本单位', '龙𬱖燚|沈䶮红', 'McKenzie Öztürk|阿依·郭涛'];

  it.each([[1], [2], [3], [7], [65_536]])('reads UTF-8, with and without BOM, in pieces of %d bytes', async (size) => {
    expect(await cellsOf(Buffer.from(text), [size])).toEqual(wanted);
    expect(await cellsOf(Buffer.from(`\uFEFF${text}`), [size])).toEqual(wanted);
  });

  it.each([[1], [2], [3], [7], [65_536]])(
    'reads GB 18030, with and without BOM, in pieces of %d bytes',
    async (size) => {
      expect(await cellsOf(iconv.encode(text, 'gb18030'), [size])).toEqual(wanted);
      const withMark = Buffer.concat([Buffer.from([0x84, 0x31, 0x95, 0x33]), iconv.encode(text, 'gb18030')]);
      expect(await cellsOf(withMark, [size])).toEqual(wanted);
    },
  );

  it('finds out when the first Chinese character comes late', async () => {
    for (const encoding of ['utf8', 'gb18030']) {
      const cells = await cellsOf(iconv.encode(`${ascii}张三,李四\n`, encoding), [10_000]);
      expect(cells.at(-1)).toBe('张三|李四');
      expect(cells).toHaveLength(20_001);
    }
  });

  it('tells hanzi of GB 18030 that look like two-byte UTF-8 from letters of Europe', async () => {
    const hanzi = '模小';
    const bytes = iconv.encode(hanzi, 'gb18030');
    expect(new TextDecoder('utf-8', { fatal: true }).decode(bytes)).not.toBe(hanzi);
    expect(await cellsOf(iconv.encode(`a,b\n${hanzi},x\n`, 'gb18030'))).toEqual([`${hanzi}|x`]);
    for (const name of ['Öztürk', 'Ana María Петров', 'Ελένη', 'Фома', 'Göé', 'Øyvind de la Cruz']) {
      expect(await cellsOf(Buffer.from(`a,b\n${name},x\n`))).toEqual([`${name}|x`]);
    }
  });

  it('reads any Chinese text back from either encoding', async () => {
    const hanzi = fc.integer({ min: 0x4e00, max: 0x9fff }).map((code) => String.fromCodePoint(code));
    const name = fc.string({ unit: hanzi, minLength: 2, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(name, { minLength: 8, maxLength: 30 }),
        fc.constantFrom('utf8', 'gb18030'),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        async (names, encoding, sizes) => {
          const file = `a,b\n${names.map((each, i) => `${i},${each}\n`).join('')}`;
          expect(await cellsOf(iconv.encode(file, encoding), sizes)).toEqual(names.map((each, i) => `${i}|${each}`));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('marks damaged bytes instead of giving up the file, and keeps the cells beside them', async () => {
    const many = `${'张三丰,样本单位\n'.repeat(50)}`;
    const utf8 = Buffer.concat([Buffer.from(`a,b\n${many}张`), Buffer.from([0xe5, 0xbc]), Buffer.from(',x\n李,y\n')]);
    expect((await cellsOf(utf8)).slice(-2)).toEqual(['张\uFFFD|x', '李|y']);
    const gb = Buffer.concat([
      iconv.encode(`a,b\n${many}张`, 'gb18030'),
      Buffer.from([0xb1]),
      Buffer.from(',x\nz,y\n'),
    ]);
    expect((await cellsOf(gb)).slice(-2)).toEqual(['张\uFFFD|x', 'z|y']);
  });

  it('reads damaged GB 18030 the same in pieces of any size', async () => {
    const damaged = Buffer.concat([
      ...[Buffer.from([0x84, 0x31, 0x95, 0x33]), Buffer.from('a,b\n')],
      ...[[0xa8, 0x31], [0xa8, 0x31, 0x81], [0x81], [0xff, 0x30]].map((bytes) =>
        Buffer.from([...bytes, 0x2c, 0x31, 0x0a]),
      ),
    ]);
    const whole = await cellsOf(damaged);
    expect(whole).toHaveLength(4);
    for (const size of [1, 2, 3, 5]) expect(await cellsOf(damaged, [size])).toEqual(whole);
  });

  it('refuses UTF-16, NUL bytes and what is neither', async () => {
    expect(await codeOf(Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le'))).toBe('ENCODING_INVALID');
    expect(await codeOf(Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le').swap16())).toBe('ENCODING_INVALID');
    expect(await codeOf(Buffer.from([0xff, 0xfe]))).toBe('ENCODING_INVALID');
    expect(await codeOf(Buffer.from('a,b\n1,\0\n'))).toBe('ENCODING_INVALID');
    expect(await codeOf(Buffer.from(`${ascii}\0`))).toBe('ENCODING_INVALID');
    expect(await codeOf(Buffer.from([0xff, 0x20, 0xfe, 0x20, 0xff, 0x20, 0xc0, 0x20]))).toBe('ENCODING_INVALID');
  });

  it('does not count a character that is cut by the end of the window', () => {
    const bytes = Buffer.from('张三李四王五赵六');
    for (let end = 1; end < bytes.length; end++) {
      const guess = guessEncoding(bytes.subarray(0, end), false);
      if (end >= 3) expect(guess.encoding).toBe('utf-8');
    }
  });
});
