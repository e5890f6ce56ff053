import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { events } from '../src/answers.js';
import { createMemoryIdempotencyStore, decodeCursor, encodeCursor, inputErrors, newId } from '../src/index.js';
import { accepts, preferredWait } from '../src/request-headers.js';

describe('a cursor', () => {
  it('comes back as it went', () => {
    const value = { after: ['2026-11-15', 'b-1'], 县: null };
    expect(encodeCursor(value)).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(decodeCursor(encodeCursor(value))).toEqual(value);
  });

  it.each(['', 'not base64!', 'YWJj', 'x'.repeat(3000)])('that nobody made (%j) is CURSOR_INVALID', (text) => {
    expect(() => decodeCursor(text)).toThrow(expect.objectContaining({ code: 'CURSOR_INVALID' }));
  });
});

describe('Accept', () => {
  it.each([
    [undefined, 'text/csv', false],
    [undefined, 'application/json', true],
    ['*/*', 'text/csv', false],
    ['*/*', 'application/json', true],
    ['text/csv', 'text/csv', true],
    ['text/csv', 'application/json', false],
    ['text/*', 'text/csv', true],
    ['text/csv;q=0', 'text/csv', false],
    ['application/json, text/csv', 'text/csv', false],
    ['text/csv, application/json', 'text/csv', true],
    ['application/json;q=0.5, Text/CSV; q=0.9', 'text/csv', true],
    ['application/json, text/csv;q=0.9', 'text/csv', false],
    ['text/html,*/*;q=0.8', 'text/csv', false],
  ])('%j asks for %s: %s', (accept, type, wanted) => {
    expect(accepts(accept, type)).toBe(wanted);
  });
});

describe('Prefer', () => {
  it.each([
    [undefined, null],
    ['wait=10', 10],
    ['respond-async, wait=3', 3],
    ['Wait = "7"', 7],
    ['wait=soon', null],
    ['await=3', null],
  ])('%j waits %s seconds', (prefer, seconds) => {
    expect(preferredWait(prefer)).toBe(seconds);
  });
});

describe('ids', () => {
  it('are UUIDs of version 7 that sort by time', async () => {
    const [one, two] = [newId(), newId()];
    expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(one.slice(0, 13) <= two.slice(0, 13)).toBe(true);
  });
});

describe('the issues of a schema', () => {
  it('say what is wanted', () => {
    const schema = z.object({
      area: z.enum(['urban', 'rural']),
      size: z.int().max(9),
      rows: z.array(z.string()).min(1),
    });
    const value = { area: 'space', size: 10, rows: [] };
    const result = schema.safeParse(value);
    expect(result.error && inputErrors(result.error, value)).toEqual([
      { line: null, column: 'area', code: 'VALUE_INVALID', rule: expect.stringContaining('urban, rural') },
      { line: null, column: 'size', code: 'VALUE_INVALID', rule: expect.stringContaining('≤ 9') },
      { line: null, column: 'rows', code: 'VALUE_INVALID', rule: expect.stringContaining('≥ 1') },
    ]);
  });
});

describe('server-sent events', () => {
  it('keep a quiet connection open with comments', async () => {
    const end = new AbortController();
    const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) };
    const got: string[] = [];
    for await (const piece of events(silent, end.signal, 5)) {
      got.push(String(piece));
      if (got.length === 3) end.abort();
    }
    expect(got).toEqual([': open\n\n', ': still here\n\n', ': still here\n\n']);
  });
});

describe('the store in memory', () => {
  it('forgets after a day', async () => {
    let now = 0;
    const store = createMemoryIdempotencyStore(() => now);
    const entry = { key: 'k', caller: 'c', route: 'r' };
    await store.begin(entry);
    await store.finish(entry, 'f', { status: 200, body: '{}' });
    now = 86_400_001;
    expect(await store.begin(entry)).toEqual({ state: 'new' });
  });
});
