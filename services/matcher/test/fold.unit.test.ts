import {
  MalformedEvent,
  type NameKey,
  packedArray,
  RECORD_TYPES,
  type RecordTypeName,
  type SliceRecord,
} from '@hedui/contracts';
import { NO_FACTS, recordTypeBit } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import { foldSlice } from '../src/records/fold.js';
import { factsUnderName as factsInWindow } from '../src/requests/person-facts.js';
import { day, fen, month, nameKey, person } from './builders.js';

const slice = (recordType: RecordTypeName, records: SliceRecord[]) => ({
  source: 's',
  recordType,
  epoch: 1,
  counter: 1,
  names: [nameKey(1), nameKey(2)],
  records,
});

const profile = (facts: Partial<Record<RecordTypeName, SliceRecord[]>>) =>
  packedArray(RECORD_TYPES.map(({ type }) => foldSlice(type, slice(type, facts[type] ?? []))));

const factsUnderName = (kept: Buffer | undefined, name: NameKey) =>
  factsInWindow(kept, name, { from: month('2025-11'), to: month('2026-11') });

describe('what a profile keeps', () => {
  it('adds income up by month, category and name', () => {
    const kept = profile({
      income: [
        [0, month('2026-02'), 'wages', fen(100)],
        [0, month('2026-01'), 'labour_service', fen(5)],
        [0, month('2026-02'), 'author_royalty', fen(7)],
        [1, month('2026-02'), 'operating', fen(9)],
        [0, month('2026-02'), 'incidental', fen(1)],
      ],
    });
    const own = factsUnderName(kept, nameKey(1));
    expect(own.income).toEqual([
      { month: month('2026-01'), wage: fen(5), operating: 0, property: 0, other: 0 },
      { month: month('2026-02'), wage: fen(107), operating: 0, property: 0, other: fen(1) },
    ]);
    expect(own.otherNames).toBe(recordTypeBit('income'));
    expect(factsUnderName(kept, nameKey(2)).income).toEqual([
      { month: month('2026-02'), wage: 0, operating: fen(9), property: 0, other: 0 },
    ]);
  });

  it('keeps the facts of other types as they came, and marks other names by record type', () => {
    const kept = profile({
      registration: [[0, 'V-1', '02', null, 'A', day('2020-01-01'), null]],
      marriage: [
        [0, 'M-1', 'married', day('2010-01-01'), Buffer.from(person(7), 'hex')],
        [1, 'M-2', 'divorced', day('2020-01-01'), Buffer.from(person(7), 'hex')],
      ],
      death: [[1, day('2026-01-01')]],
    });
    const own = factsUnderName(kept, nameKey(1));
    expect(own.registration).toEqual([
      {
        recordId: 'V-1',
        plateType: '02',
        useNature: null,
        status: 'A',
        registeredOn: day('2020-01-01'),
        disposedOn: null,
      },
    ]);
    expect(own.marriage).toEqual([
      { recordId: 'M-1', state: 'married', eventDate: day('2010-01-01'), spouse: person(7) },
    ]);
    expect(own.death).toEqual([]);
    expect(own.otherNames).toBe(recordTypeBit('marriage') | recordTypeBit('death'));
  });

  it('leaves months outside of the window out, and marks other names in any month', () => {
    const at = (text: string, name = 0): SliceRecord => [name, month(text), 'wages', fen(1)];
    const own = factsUnderName(
      profile({ income: ['2025-10', '2025-11', '2026-10', '2026-11'].map((text) => at(text)) }),
      nameKey(1),
    );
    expect(own.income.map((one) => one.month)).toEqual([month('2025-11'), month('2026-10')]);
    expect(own.otherNames).toBe(0);
    expect(factsUnderName(profile({ income: [at('2020-01', 1)] }), nameKey(1)).otherNames).toBe(
      recordTypeBit('income'),
    );
  });

  it('knows nothing of a person without a profile, nor of one whose slices are empty', () => {
    expect(factsUnderName(undefined, nameKey(1))).toEqual(NO_FACTS);
    expect(factsUnderName(profile({ income: [], death: [] }), nameKey(1))).toEqual(NO_FACTS);
  });

  it('finds only another name: nothing is used, every type is marked', () => {
    const kept = profile({ death: [[0, day('2026-01-01')]], income: [[0, month('2026-02'), 'wages', fen(1)]] });
    expect(factsUnderName(kept, nameKey(3))).toEqual({
      ...NO_FACTS,
      otherNames: recordTypeBit('income') | recordTypeBit('death'),
    });
  });

  it('refuses a record whose fields are not those of its type', () => {
    expect(() => foldSlice('death', slice('death', [[0, 'yesterday']]))).toThrow(MalformedEvent);
    expect(() => foldSlice('income', slice('income', [[0, 'x', 'wages', 1]]))).toThrow(MalformedEvent);
  });
});
