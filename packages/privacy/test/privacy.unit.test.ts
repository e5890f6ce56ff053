import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  createPseudonyms,
  createSealer,
  fileKeyRing,
  KeyFileError,
  newDataKey,
  openDataKey,
  parseKeyFile,
  readKeyFile,
  SealError,
} from '../src/index.js';

const keyFile = (fill: number, id = '1') =>
  parseKeyFile(JSON.stringify({ current: id, keys: { [id]: Buffer.alloc(32, fill).toString('base64') } }), 'test');
const someone = { type: 'resident_id', number: '520000196203180013' } as const;

describe('pseudonyms', () => {
  const pseudonyms = createPseudonyms(keyFile(1));

  it('are the same in every service that holds the key, and others under another key', () => {
    expect(createPseudonyms(keyFile(1)).person(someone)).toBe(pseudonyms.person(someone));
    expect(createPseudonyms(keyFile(2)).person(someone)).not.toBe(pseudonyms.person(someone));
    // Pinned: another value here would part every household from its records.
    expect(pseudonyms.person(someone)).toMatchInlineSnapshot(`"3385eed85504c0bfdd8551bfe38b9c52"`);
  });

  it('tell document types apart, and purposes', () => {
    expect(pseudonyms.person({ ...someone, type: 'passport' })).not.toBe(pseudonyms.person(someone));
    expect(String(pseudonyms.name('A'))).not.toBe(String(pseudonyms.benefit('A')));
  });

  it('take every spelling of a name for one', () => {
    expect(pseudonyms.name('阿依古丽 ・买买提')).toBe(pseudonyms.name('阿依古丽·买买提'));
    expect(pseudonyms.name('张三')).not.toBe(pseudonyms.name('张四'));
  });

  it('are 32 hexadecimal digits that hold nothing of the number', () => {
    expect(pseudonyms.person(someone)).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('sealing', () => {
  const sealer = createSealer(keyFile(3));

  it('opens what it sealed, in its own context only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.string(), (bytes, context) => {
        const sealed = sealer.seal(bytes, context);
        expect(sealer.open(sealed, context)).toEqual(Buffer.from(bytes));
        expect(() => sealer.open(sealed, `${context}.`)).toThrow(SealError);
      }),
    );
  });

  it('never gives the same bytes twice', () => {
    expect(sealer.seal(Buffer.from('x'), 'c')).not.toEqual(sealer.seal(Buffer.from('x'), 'c'));
  });

  it('finds every altered or cut byte', () => {
    const sealed = sealer.seal(Buffer.from('六口之家'), 'c');
    for (let i = 0; i < sealed.length; i++) {
      const altered = Buffer.from(sealed);
      altered[i] = (altered[i] ?? 0) ^ 1;
      expect(() => sealer.open(altered, 'c')).toThrow(SealError);
      expect(() => sealer.open(sealed.subarray(0, i), 'c')).toThrow(SealError);
    }
  });

  it('opens under an older key of the ring, and not without it', () => {
    const old = createSealer(keyFile(4, 'k1')).seal(Buffer.from('x'), 'c');
    const keys = { k1: Buffer.alloc(32, 4).toString('base64'), k2: Buffer.alloc(32, 5).toString('base64') };
    const ring = createSealer(parseKeyFile(JSON.stringify({ current: 'k2', keys }), 'test'));
    expect(ring.open(old, 'c').toString()).toBe('x');
    expect(() => createSealer(keyFile(5, 'k2')).open(old, 'c')).toThrow('the key of this value is gone');
  });

  it('keeps a batch under a data key of its own: without the wrapped key nothing opens', () => {
    const key = newDataKey(sealer, 'batch-1');
    const sealed = key.sealer.seal(Buffer.from('x'), 'chunk');
    expect(openDataKey(sealer, key.wrapped, 'batch-1').sealer.open(sealed, 'chunk').toString()).toBe('x');
    expect(() => openDataKey(sealer, key.wrapped, 'batch-2')).toThrow(SealError);
    expect(() => newDataKey(sealer, 'batch-1').sealer.open(sealed, 'chunk')).toThrow(SealError);
  });
});

describe('key files', () => {
  it.each([
    ['not JSON', '{'],
    ['another form', '{"keys": []}'],
    ['a short key', JSON.stringify({ current: 'a', keys: { a: randomBytes(16).toString('base64') } })],
    ['no current key', JSON.stringify({ current: 'b', keys: { a: randomBytes(32).toString('base64') } })],
  ])('refuse %s without telling its content', (_what, text) => {
    try {
      parseKeyFile(text, 'keys.json');
      throw new Error('accepted');
    } catch (error) {
      expect(error).toBeInstanceOf(KeyFileError);
      expect(String(error)).toContain('keys.json');
      expect(String(error)).not.toContain(text.slice(10, 40) || '\0');
    }
  });

  it('refuse a file that others may read or write', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hedui-keys-'));
    const file = path.join(folder, 'keys.json');
    writeFileSync(file, JSON.stringify({ current: 1, keys: { 1: randomBytes(32).toString('base64') } }), {
      mode: 0o600,
    });
    expect((await fileKeyRing(file).keys()).current).toBe('1');
    chmodSync(file, 0o400);
    expect(readKeyFile(file).current).toBe('1');
    for (const [mode, why] of [
      [0o666, 'can be written by others'],
      [0o640, 'can be read by others'],
      [0o604, 'can be read by others'],
    ] as const) {
      chmodSync(file, mode);
      expect(() => readKeyFile(file)).toThrow(why);
    }
    rmSync(folder, { recursive: true });
    expect(() => readKeyFile(file)).toThrow('cannot be read');
  });
});
