import { decodeFact, parseMonth } from '@hedui/contracts';
import { csv, goldenRows, person } from '@hedui/source-kit/test';
import { describe, expect, it } from '@jest/globals';
import { housingFundSource } from '../src/app.js';

const HEADER =
  'record_id,id_number,name,account_no,opened_on,wage_base,paid_through,balance,status,loan_monthly_repayment,employer_name';
const { id, name } = person(1);

describe('housing fund: account', () => {
  it('travels with the month of its opening, and without its number', async () => {
    const rows = [
      `F1,${id},${name},A0001,2020-08-31,5000,2026-10,12345.67,01,1500.01,样本单位`,
      `F2,${id},${name},A0002,2020-08-01,0,,0,99,,`,
    ];
    const { records, faults } = await goldenRows(housingFundSource, 'account', csv(HEADER, ...rows));
    expect(faults).toEqual([]);
    const opened = parseMonth('2020-08');
    expect(records.map((record) => decodeFact('account', record))).toEqual([
      {
        recordId: 'F1',
        opened,
        paidThrough: parseMonth('2026-10'),
        wageBase: 500000,
        balance: 1234567,
        status: '01',
        loanRepayment: 150001,
      },
      { recordId: 'F2', opened, paidThrough: null, wageBase: 0, balance: 0, status: '99', loanRepayment: null },
    ]);
    expect(JSON.stringify(records)).not.toContain('A000');
  });

  it('knows the seven statuses and tells a lost zero', async () => {
    const statuses = ['01', '02', '03', '04', '05', '06', '99', '1', '07'];
    const rows = statuses.map((status, i) => `F${i},${id},${name},A1,2020-08-31,1,,1,${status},,`);
    expect((await goldenRows(housingFundSource, 'account', csv(HEADER, ...rows))).faults).toEqual([
      '9 status EXCEL_DAMAGED',
      '10 status VALUE_INVALID',
    ]);
  });
});
