import { decodeFact, parseMonth, TAX_ITEMS } from '@hedui/contracts';
import { csv, goldenRows, person } from '@hedui/source-kit/test';
import { describe, expect, it } from '@jest/globals';
import { taxSource } from '../src/app.js';

const HEADER =
  'record_id,id_type,id_number,name,period,income_item,gross_amount,tax_paid,payer_name,payer_code,filed_on';
const { id, name } = person(1);
const who = `,${id},${name}`;

describe('tax: income', () => {
  it('travels as period, item and gross amount', async () => {
    const file = csv(
      HEADER,
      `T1,${who},2026-03,wages,1234.5,0,样本单位,91520000MA0AAAA1XK,2026-04-02`,
      `T2,${who},2026-04,property_transfer,0,,,,`,
    );
    const { records, faults } = await goldenRows(taxSource, 'income', file);
    expect(faults).toEqual([]);
    expect(records.map((record) => decodeFact('income', record))).toEqual([
      { period: parseMonth('2026-03'), item: 'wages', gross: 123450 },
      { period: parseMonth('2026-04'), item: 'property_transfer', gross: 0 },
    ]);
  });

  it('knows every item that the rules of assessment know', async () => {
    const rows = TAX_ITEMS.map((item, i) => `T${i},${who},2026-03,${item},1,,,,`);
    expect((await goldenRows(taxSource, 'income', csv(HEADER, ...rows))).faults).toEqual([]);
  });

  it('refuses unknown items, other months, amounts that are none', async () => {
    const rows = ['2026-03,Wages,1', '2026-13,wages,1', '2026-03,wages,-1', '2026-03,wages,1e5', '2026-03,,1'];
    const { faults } = await goldenRows(
      taxSource,
      'income',
      csv(HEADER, ...rows.map((r, i) => `T${i},${who},${r},,,,`)),
    );
    expect(faults).toEqual([
      '2 income_item VALUE_INVALID',
      '3 period VALUE_INVALID',
      '4 gross_amount VALUE_INVALID',
      '5 gross_amount EXCEL_DAMAGED',
      '6 income_item COLUMN_MISSING',
    ]);
  });
});
