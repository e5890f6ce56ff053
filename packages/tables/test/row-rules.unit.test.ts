import { parseDay, parseMonth } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import { type CellKind, type ColumnSpec, compileRow, type RawRow } from '../src/index.js';

const row = (...cells: string[]): RawRow => ({ line: 2, cells, malformed: false, unreadable: null });

function judgeCell(kind: CellKind, cell: string): unknown {
  const result = compileRow([{ name: 'c', kind }])(row(cell));
  return result.ok ? result.values[0] : result.errors.map((error) => error.code).join();
}

describe('cells', () => {
  it.each<[CellKind, string, unknown]>([
    [{ is: 'text' }, '"引号"公司', '"引号"公司'],
    [{ is: 'text' }, '样本\uFFFD', 'VALUE_INVALID'],
    [{ is: 'text', maxLength: 2 }, 'abc', 'VALUE_INVALID'],
    [{ is: 'identifier' }, 'T00000034', 'T00000034'],
    [{ is: 'identifier' }, '12E45', '12E45'],
    [{ is: 'identifier' }, '1.2E+17', 'EXCEL_DAMAGED'],
    [{ is: 'identifier', maxLength: 2 }, 'abc', 'VALUE_INVALID'],
    [{ is: 'money' }, '1234.50', 123_450],
    [{ is: 'money' }, '0', 0],
    [{ is: 'money' }, '1.5E+04', 'EXCEL_DAMAGED'],
    [{ is: 'money' }, '1e5', 'EXCEL_DAMAGED'],
    [{ is: 'money' }, '1,234.50', 'VALUE_INVALID'],
    [{ is: 'money' }, '12.345', 'VALUE_INVALID'],
    [{ is: 'money' }, '-1.00', 'VALUE_INVALID'],
    [{ is: 'money' }, '¥1', 'VALUE_INVALID'],
    [{ is: 'day' }, '2024-02-29', parseDay('2024-02-29')],
    [{ is: 'day' }, '2026-02-30', 'VALUE_INVALID'],
    [{ is: 'day' }, '2026/02/03', 'VALUE_INVALID'],
    [{ is: 'day' }, '45678', 'VALUE_INVALID'],
    [{ is: 'month' }, '2026-10', parseMonth('2026-10')],
    [{ is: 'month' }, '2026-13', 'VALUE_INVALID'],
    [{ is: 'month' }, '2026-1', 'VALUE_INVALID'],
    [{ is: 'count' }, '3', 3],
    [{ is: 'count' }, '0', 'VALUE_INVALID'],
    [{ is: 'count' }, '1.5', 'VALUE_INVALID'],
    [{ is: 'count' }, '-1', 'VALUE_INVALID'],
    [{ is: 'code', of: ['01', '99'] }, '01', '01'],
    [{ is: 'code', of: ['01', '99'] }, '1', 'EXCEL_DAMAGED'],
    [{ is: 'code', of: ['01', '99'] }, '07', 'VALUE_INVALID'],
    [{ is: 'code', of: ['wages'] }, 'WAGES', 'VALUE_INVALID'],
    [{ is: 'digits', width: 2 }, '02', '02'],
    [{ is: 'digits', width: 2 }, '2', 'EXCEL_DAMAGED'],
    [{ is: 'digits', width: 2 }, '002', 'VALUE_INVALID'],
    [{ is: 'digits', width: 2 }, 'A2', 'VALUE_INVALID'],
    [{ is: 'letters' }, 'GQ', 'GQ'],
    [{ is: 'letters' }, 'gq', 'VALUE_INVALID'],
    [{ is: 'letters' }, 'G1', 'VALUE_INVALID'],
    [{ is: 'letters', exactly: 1 }, 'A', 'A'],
    [{ is: 'letters', exactly: 1 }, 'AB', 'VALUE_INVALID'],
    [{ is: 'region' }, '520102001', '520102001'],
    [{ is: 'region' }, '52010', 'VALUE_INVALID'],
    [{ is: 'region' }, '5.2E+05', 'EXCEL_DAMAGED'],
    [{ is: 'name' }, '阿依·郭涛', '阿依·郭涛'],
    [{ is: 'name' }, '张*', 'ID_MASKED'],
    [{ is: 'name' }, '张\uFFFD', 'VALUE_INVALID'],
    [{ is: 'idType' }, '', 'resident_id'],
    [{ is: 'idType' }, 'passport', 'passport'],
    [{ is: 'idType' }, 'Passport', 'VALUE_INVALID'],
    [{ is: 'creditCode' }, '91520000MA0AAAA1XK', '91520000MA0AAAA1XK'],
    [{ is: 'creditCode' }, '91520000MA0AAAA1XX', 'VALUE_INVALID'],
    [{ is: 'money' }, '', null],
  ])('%j: %j gives %j', (kind, cell, expected) => {
    expect(judgeCell(kind, cell)).toEqual(expected);
  });
});

describe('rows', () => {
  const columns: ColumnSpec[] = [
    { name: 'record_id', kind: { is: 'identifier' }, required: true },
    { name: 'id_number', kind: { is: 'idNumber', typeColumn: 'id_type' }, required: true },
    { name: 'id_type', kind: { is: 'idType' } },
    { name: 'name', kind: { is: 'name' }, required: true },
    { name: 'amount', kind: { is: 'money' }, required: true },
  ];
  const judge = compileRow(columns);
  const faults = (...cells: string[]) => {
    const result = judge(row(...cells));
    return result.ok ? 'ok' : result.errors.map((error) => `${error.column} ${error.code}`);
  };

  it('gives the values in the order of the columns', () => {
    expect(judge(row('T1', '52000019620318001３'.normalize('NFKC'), '', '张三', '1.00'))).toEqual({
      ok: true,
      values: [
        'T1',
        { type: 'resident_id', number: '520000196203180013', birthDate: parseDay('1962-03-18') },
        'resident_id',
        '张三',
        100,
      ],
    });
  });

  it('tells every fault of a row', () => {
    expect(faults('', '520000********0013', '', '张*', '1.5E+04')).toEqual([
      'record_id COLUMN_MISSING',
      'id_number ID_MASKED',
      'name ID_MASKED',
      'amount EXCEL_DAMAGED',
    ]);
  });

  it('reads a number by the type beside it', () => {
    expect(faults('T1', 'E53917694', 'passport', '张三', '1')).toBe('ok');
    expect(faults('T1', 'E53917694', '', '张三', '1')).toEqual(['id_number ID_INVALID']);
    expect(faults('T1', 'whatever', 'passbook', '张三', '1')).toEqual(['id_type VALUE_INVALID']);
    expect(faults('T1', '5.2E+17', 'passbook', '张三', '1')).toEqual([
      'id_number EXCEL_DAMAGED',
      'id_type VALUE_INVALID',
    ]);
    expect(faults('T1', '5200**', 'passbook', '张三', '1')).toEqual(['id_number ID_MASKED', 'id_type VALUE_INVALID']);
  });

  it('never repeats a cell in a rule', () => {
    const result = judge(row('', '520000196203180014', 'x', '张*', '-1.00'));
    expect(JSON.stringify(result)).not.toMatch(/520000196203180014|张\*|-1\.00/);
  });

  it('refuses a malformed row whatever its cells', () => {
    expect(judge({ ...row('T1', '520000196203180013', '', '张三', '1'), malformed: true })).toMatchObject({
      ok: false,
      errors: [{ column: null, code: 'ROW_MALFORMED' }],
    });
  });

  it('wants the type column to be there', () => {
    expect(() => compileRow([{ name: 'n', kind: { is: 'idNumber', typeColumn: 'id_type' } }])).toThrow(TypeError);
  });
});
