import { decodeFact, parseDay } from '@hedui/contracts';
import { csv, goldenRows, person } from '@hedui/source-kit/test';
import { describe, expect, it } from '@jest/globals';
import { businessRegistrySource } from '../src/app.js';

const HEADER =
  'record_id,id_number,name,uscc,entity_name,entity_type,role,subscribed_capital,entity_status,since,until';
const { id, name } = person(1);

describe('business registry: role', () => {
  it('travels without the entity', async () => {
    const rows = [
      `B1,${id},${name},91520000MA0AAAA1XK,样本主体,company,investor,500000,active,2020-01-02,`,
      `B2,${id},${name},520100600000001,样本主体,farmers_cooperative,operator,,moved_out,,2026-01-01`,
    ];
    const { records, faults } = await goldenRows(businessRegistrySource, 'role', csv(HEADER, ...rows));
    expect(faults).toEqual([]);
    expect(records.map((record) => decodeFact('role', record))).toEqual([
      {
        recordId: 'B1',
        entityType: 'company',
        role: 'investor',
        capital: 50_000_000,
        entityStatus: 'active',
        since: parseDay('2020-01-02'),
        until: null,
      },
      {
        recordId: 'B2',
        entityType: 'farmers_cooperative',
        role: 'operator',
        capital: null,
        entityStatus: 'moved_out',
        since: null,
        until: parseDay('2026-01-01'),
      },
    ]);
    expect(JSON.stringify(records)).not.toMatch(/91520000|样本/);
  });

  it('refuses codes that it does not know', async () => {
    const rows = [
      'Company,investor,1,active',
      'company,owner,1,active',
      'company,investor,1,closed',
      'company,investor,-1,active',
    ];
    const file = csv(HEADER, ...rows.map((r, i) => `B${i},${id},${name},U1,样本,${r},,`));
    expect((await goldenRows(businessRegistrySource, 'role', file)).faults).toEqual([
      '2 entity_type VALUE_INVALID',
      '3 role VALUE_INVALID',
      '4 entity_status VALUE_INVALID',
      '5 subscribed_capital VALUE_INVALID',
    ]);
  });
});
