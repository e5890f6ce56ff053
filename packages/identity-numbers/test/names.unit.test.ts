import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isMasked, maskIdNumber, maskMiddle, maskName, normaliseName } from '../src/index.js';

describe('normaliseName', () => {
  it.each(['·', '•', '・', '‧', '.', '．', '･'])('unifies the middle dot %s', (dot) => {
    expect(normaliseName(`阿依${dot}郭涛`)).toBe('阿依·郭涛');
  });

  it.each([
    ['张三丰', '张三丰'],
    ['宋\u3000琴', '宋琴'],
    [' McKenzie\u00a0Öztürk\t', 'MCKENZIEÖZTÜRK'],
    ['Ｊｏｈｎ Smith', 'JOHNSMITH'],
    ['istanbul', 'ISTANBUL'],
    ['Strauß', 'STRAUSS'],
    ['黄𬱖', '黄𬱖'],
    ['\u2028李\u0085四\uFEFF', '李四'],
    ['', ''],
  ])('%j becomes %j', (name, expected) => {
    expect(normaliseName(name)).toBe(expected);
  });

  it('does not join different names', () => {
    expect(normaliseName('张三')).not.toBe(normaliseName('张叁'));
    expect(normaliseName('欧阳·娜')).not.toBe(normaliseName('欧阳娜'));
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (name) => {
        const once = normaliseName(name);
        expect(normaliseName(once)).toBe(once);
      }),
      { numRuns: 2000 },
    );
    expect(normaliseName(normaliseName('e\u00b4a'))).toBe(normaliseName('e\u00b4a'));
  });
});

describe('masking', () => {
  it.each([
    ['张*', true],
    ['张＊', true],
    ['张××', true],
    ['520000********0013', true],
    ['张某某', false],
    ['阿依·郭涛', false],
    ['52000019780715008X', false],
  ])('isMasked(%s) is %s', (text, masked) => {
    expect(isMasked(text)).toBe(masked);
  });

  it('masks names to their first character', () => {
    expect(maskName('张三丰')).toBe('张*');
    expect(maskName('𬱖燚')).toBe('𬱖*');
    expect(maskName('张')).toBe('张*');
    expect(maskName('')).toBe('');
  });

  it.each([
    ['520000196203180013', '520000********0013'],
    ['ABC123456789012', 'ABC********9012'],
    ['E53917694', 'E*******4'],
    ['12', '**'],
  ])('masks the document %s', (number, expected) => {
    expect(maskIdNumber(number)).toBe(expected);
  });

  it('keeps the length and the ends', () => {
    expect(maskMiddle('SQ0000133', 2, 3)).toBe('SQ****133');
    expect(maskMiddle('abc', 2, 1)).toBe('***');
    fc.assert(fc.property(fc.string({ minLength: 5 }), (text) => isMasked(maskIdNumber(text))));
  });
});
