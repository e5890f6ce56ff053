import { formatDay, parseDay } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { adultOn, birthDateOf18, checkCharacter, readIdentity, widenResidentNumber } from '../src/index.js';

const resident = (raw: string) => readIdentity('resident_id', raw);
const code = (reading: ReturnType<typeof readIdentity>) => (reading.ok ? 'ok' : reading.code);

/** A right number of eighteen characters with the prefix given; dates 1900 to 2099. */
function numbers(prefix = '520000') {
  return fc
    .record({
      date: fc.date({ min: new Date('1900-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
      sequence: fc.integer({ min: 0, max: 999 }),
    })
    .map(({ date, sequence }) => {
      const day = date.toISOString().slice(0, 10);
      const seventeen = prefix + day.replaceAll('-', '') + String(sequence).padStart(3, '0');
      return { day, number: seventeen + checkCharacter(seventeen) };
    });
}

describe('resident numbers', () => {
  it.each([
    ['520000196203180013', '520000196203180013', '1962-03-18'],
    ['52000019780715008X', '52000019780715008X', '1978-07-15'],
    ['52000019780715008x', '52000019780715008X', '1978-07-15'],
    ['520000200002290135', '520000200002290135', '2000-02-29'],
    ['520000781223450', '520000197812234501', '1978-12-23'],
    ['520000120305998', '520000181203059983', '1812-03-05'],
    ['５２００００１９６２０３１８００１３', '520000196203180013', '1962-03-18'],
    [' 520000196203180013\u3000', '520000196203180013', '1962-03-18'],
  ])('reads %s', (raw, number, birth) => {
    expect(resident(raw)).toEqual({
      ok: true,
      identity: { type: 'resident_id', number, birthDate: parseDay(birth) },
    });
  });

  it.each([
    ['520000196203180014', 'ID_INVALID', 'bad check digit'],
    ['520000199002300019', 'ID_INVALID', 'check right, no such date'],
    ['520000000229001', 'ID_INVALID', '15 digits, no leap day in 1900'],
    ['520000991332933', 'ID_INVALID', '15 digits, month 13'],
    ['52000019620318001', 'ID_INVALID', '17 digits'],
    ['5200001962031800133', 'ID_INVALID', '19 digits'],
    ['52000019620318 0013', 'ID_INVALID', 'a space inside'],
    ['X20000196203180013', 'ID_INVALID', 'X at the front'],
    ['', 'ID_INVALID', 'nothing'],
    ['520000********0013', 'ID_MASKED', 'asterisks'],
    ['520000＊＊＊＊＊＊＊＊0013', 'ID_MASKED', 'full-width asterisks'],
    ['520000XXXXXXXX0013', 'ID_MASKED', 'letters'],
    ['5.2E+17', 'EXCEL_DAMAGED', 'scientific'],
    ['5.20001E+17', 'EXCEL_DAMAGED', 'scientific'],
    ['5.20001e17', 'EXCEL_DAMAGED', 'scientific without a sign'],
  ])('refuses %s with %s (%s)', (raw, expected) => {
    expect(code(resident(raw))).toBe(expected);
  });

  it('accepts every right number and finds its birth date', () => {
    fc.assert(
      fc.property(numbers(), ({ number, day }) => {
        const reading = resident(number);
        expect(reading.ok && reading.identity.birthDate !== null && formatDay(reading.identity.birthDate)).toBe(day);
      }),
    );
  });

  it('refuses every number with one digit changed', () => {
    fc.assert(
      fc.property(numbers(), fc.nat(16), fc.integer({ min: 1, max: 9 }), ({ number }, at, step) => {
        const digit = String((Number(number[at]) + step) % 10);
        expect(code(resident(number.slice(0, at) + digit + number.slice(at + 1)))).toBe('ID_INVALID');
      }),
    );
  });

  it('widens a 15-digit number to the one whose shortening it is', () => {
    fc.assert(
      fc.property(numbers(), ({ number, day }) => {
        fc.pre(day < '2000' && number.slice(14, 17) < '996');
        const short = number.slice(0, 6) + number.slice(8, 17);
        expect(widenResidentNumber(short)).toBe(number);
        expect(resident(short)).toEqual(resident(number));
      }),
    );
  });

  it('never throws and is idempotent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 24 }), (raw) => {
        for (const type of [
          'resident_id',
          'passport',
          'foreign_permanent_residence',
          'hmt_residence_permit',
        ] as const) {
          const reading = readIdentity(type, raw);
          if (reading.ok) expect(readIdentity(type, reading.identity.number)).toEqual(reading);
        }
      }),
    );
  });

  it('does not look the address up', () => {
    fc.assert(
      fc.property(numbers('810000'), ({ number }) => expect(code(resident(number))).toBe('ok')),
      { numRuns: 5 },
    );
  });

  it('wants eighteen characters for a birth date', () => {
    expect(birthDateOf18('52000019620318001')).toBeNull();
  });
});

describe('other documents', () => {
  it.each(['810000', '820000', '830000'])('residence permits begin with %s', (prefix) => {
    fc.assert(
      fc.property(numbers(prefix), ({ number, day }) => {
        const reading = readIdentity('hmt_residence_permit', number);
        expect(reading.ok && reading.identity.birthDate).toBe(parseDay(day));
      }),
      { numRuns: 10 },
    );
  });

  it('refuses a residence permit with the prefix of a province, or with 15 digits', () => {
    expect(code(readIdentity('hmt_residence_permit', '520000196203180013'))).toBe('ID_INVALID');
    expect(code(readIdentity('hmt_residence_permit', '810000781223450'))).toBe('ID_INVALID');
  });

  it('permanent residence: 18 digits from 9, or three letters and twelve digits', () => {
    fc.assert(
      fc.property(numbers('911156'), ({ number }) => {
        expect(code(readIdentity('foreign_permanent_residence', number.toLowerCase()))).toBe('ok');
      }),
      { numRuns: 10 },
    );
    expect(readIdentity('foreign_permanent_residence', 'abc123456789012')).toEqual({
      ok: true,
      identity: { type: 'foreign_permanent_residence', number: 'ABC123456789012', birthDate: null },
    });
    for (const wrong of ['520000196203180013', 'ABC12345678901', 'AB0123456789012', '911156196203180010']) {
      expect(code(readIdentity('foreign_permanent_residence', wrong))).toBe('ID_INVALID');
    }
  });

  it.each([
    ['E53917694', 'ok'],
    ['e53917694', 'ok'],
    ['12E45', 'ok'],
    ['XXXXX1234', 'ok'],
    ['810000196103087953', 'ok'],
    ['1234', 'ID_INVALID'],
    ['A'.repeat(21), 'ID_INVALID'],
    ['E539-7694', 'ID_INVALID'],
    ['E护照7694', 'ID_INVALID'],
    ['E5391****', 'ID_MASKED'],
    ['1.2E+08', 'EXCEL_DAMAGED'],
    ['1.2E08', 'EXCEL_DAMAGED'],
  ])('passport %s: %s', (raw, expected) => {
    expect(code(readIdentity('passport', raw))).toBe(expected);
  });
});

describe('adultOn', () => {
  const day = (text: string) => {
    const parsed = parseDay(text);
    if (parsed === null) throw new Error('a test wrote a date that is none');
    return parsed;
  };

  it.each([
    ['2008-11-15', '2026-11-15', true],
    ['2008-11-16', '2026-11-15', false],
    ['2008-02-29', '2026-02-28', false],
    ['2008-02-29', '2026-03-01', true],
  ])('born %s, on %s: %s', (birth, asOf, adult) => {
    expect(adultOn(day(birth), day(asOf))).toBe(adult);
  });

  it('counts an unknown birth date as adult', () => {
    expect(adultOn(null, day('2026-11-15'))).toBe(true);
  });
});
