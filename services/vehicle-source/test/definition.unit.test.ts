import { decodeFact, parseDay } from '@hedui/contracts';
import { csv, goldenRows, person } from '@hedui/source-kit/test';
import { describe, expect, it } from '@jest/globals';
import { vehicleSource } from '../src/app.js';

const HEADER =
  'record_id,id_number,name,plate_no,plate_type,use_nature,status,registered_on,disposed_on,brand_model,assessed_value';
const { id, name } = person(1);

describe('vehicle: registration', () => {
  it('travels without its plate', async () => {
    const rows = [
      `V1,${id},${name},贵A12345,02,A,GQ,2019-05-06,,样本牌,80000`,
      `V2,${id},${name},贵AD12345,52,,A,2019-05-06,2026-07-08,,`,
    ];
    const { records, faults } = await goldenRows(vehicleSource, 'registration', csv(HEADER, ...rows));
    expect(faults).toEqual([]);
    const registeredOn = parseDay('2019-05-06');
    expect(records.map((record) => decodeFact('registration', record))).toEqual([
      { recordId: 'V1', plateType: '02', useNature: 'A', status: 'GQ', registeredOn, disposedOn: null },
      {
        recordId: 'V2',
        plateType: '52',
        useNature: null,
        status: 'A',
        registeredOn,
        disposedOn: parseDay('2026-07-08'),
      },
    ]);
    expect(JSON.stringify(records)).not.toContain('12345');
  });

  it('takes codes as written and refuses other ones', async () => {
    const rows = ['2,A,A', '02,AB,A', '02,a,A', '02,A,a', '02,A,', '002,A,A'];
    const file = csv(HEADER, ...rows.map((r, i) => `V${i},${id},${name},贵A1,${r},2019-05-06,,,`));
    expect((await goldenRows(vehicleSource, 'registration', file)).faults).toEqual([
      '2 plate_type EXCEL_DAMAGED',
      '3 use_nature VALUE_INVALID',
      '4 use_nature VALUE_INVALID',
      '5 status VALUE_INVALID',
      '6 status COLUMN_MISSING',
      '7 plate_type VALUE_INVALID',
    ]);
  });
});
