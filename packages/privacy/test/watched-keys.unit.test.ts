import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import {
  createRingSealer,
  createRotatingPseudonyms,
  fixedKeys,
  type KeyFile,
  KeyFileError,
  SealError,
  sealedUnder,
  watchedKeyFile,
} from '../src/index.js';

const keys = (names: Readonly<Record<string, number>>, current: string): KeyFile => ({
  current,
  keys: new Map(Object.entries(names).map(([name, byte]) => [name, Buffer.alloc(32, byte)])),
});
const text = (current: string, ...names: string[]) =>
  JSON.stringify({
    current,
    keys: Object.fromEntries(names.map((name) => [name, Buffer.alloc(32, 1).toString('base64')])),
  });

describe('a key file that changes while a service runs', () => {
  it('is noticed, and one that cannot be used stops nothing', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hedui-keys-'));
    const file = path.join(folder, 'keys.json');
    const clock = jest.spyOn(Date, 'now').mockReturnValue(1_000_000);
    try {
      expect(() => watchedKeyFile(file)).toThrow(KeyFileError);
      writeFileSync(file, text('1', '1'), { mode: 0o600 });
      const faults: unknown[] = [];
      const watched = watchedKeyFile(file, (fault) => faults.push(fault));
      const first = watched.read();
      expect([first.current, watched.read()]).toEqual(['1', first]);
      writeFileSync(file, text('2', '1', '2'));
      expect(watched.read()).toBe(first);
      clock.mockReturnValue(1_001_000);
      expect(watched.read().current).toBe('2');
      writeFileSync(file, '{"current":');
      clock.mockReturnValue(1_002_000);
      expect(watched.read().current).toBe('2');
      clock.mockReturnValue(1_003_000);
      expect([watched.read().current, faults.length]).toEqual(['2', 1]);
    } finally {
      clock.mockRestore();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('keys that are rotated', () => {
  it('seal under the current key of the ring and open under those it holds', () => {
    let ring = keys({ k1: 1 }, 'k1');
    const sealer = createRingSealer({ read: () => ring });
    const before = sealer.seal(Buffer.from('text'), 'place');
    ring = keys({ k1: 1, k2: 2 }, 'k2');
    expect(sealer.open(before, 'place').toString()).toBe('text');
    expect([sealedUnder(before), sealedUnder(sealer.seal(Buffer.from('text'), 'place'))]).toEqual(['k1', 'k2']);
    ring = keys({ k2: 2 }, 'k2');
    expect(() => sealer.open(before, 'place')).toThrow(SealError);
    expect(() => sealedUnder(Buffer.from('plain'))).toThrow(SealError);
  });

  it('make pseudonyms of the version in use, and of any that is asked for', () => {
    let version = '1';
    const pseudonyms = createRotatingPseudonyms(fixedKeys(keys({ 1: 1, 2: 2 }, '2')), () => version);
    const document = { type: 'resident_id', number: '520000199001010010' } as const;
    const one = pseudonyms.person(document);
    version = '2';
    expect(pseudonyms.version).toBe('2');
    expect(pseudonyms.person(document)).not.toBe(one);
    expect(pseudonyms.at('1').person(document)).toBe(one);
    expect(() => pseudonyms.at('3')).toThrow(RangeError);
  });
});
