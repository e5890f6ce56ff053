import { describe, expect, it } from '@jest/globals';
import { describeError, HeduiError, heduiError } from '../src/index.js';

describe('HeduiError', () => {
  it('is found in itself and through its causes', () => {
    const error = new HeduiError('FILE_EMPTY', { detail: 'nothing' });
    expect(heduiError(error)).toBe(error);
    expect(heduiError(new Error('outer', { cause: new Error('middle', { cause: error }) }))).toBe(error);
    expect(heduiError(new Error('other'))).toBeNull();
    expect(heduiError('text')).toBeNull();
  });

  it('says its code first, and is not retriable unless it says so', () => {
    expect(describeError(new HeduiError('FILE_EMPTY', { detail: 'nothing' }))).toBe(
      'HeduiError FILE_EMPTY: FILE_EMPTY: nothing',
    );
    expect(new HeduiError('FILE_EMPTY').retriable).toBe(false);
    expect(describeError('text')).toBe('text');
  });
});
