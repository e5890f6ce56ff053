import { decodeFact, parseDay } from '@hedui/contracts';
import { csv, goldenRows, person, pseudonyms } from '@hedui/source-kit/test';
import { describe, expect, it } from '@jest/globals';
import { civilAffairsSource } from '../src/app.js';

const [a, b] = [person(1), person(2)];
const keyOf = (id: string) => pseudonyms.person({ type: 'resident_id', number: id });

describe('civil affairs', () => {
  it('marriage: each of the two persons learns who the other one is', async () => {
    const header = 'record_id,id_number,name,spouse_id_number,spouse_name,state,event_date';
    const rows = [
      `M1,${a.id},${a.name},${b.id},${b.name},married,2020-02-29`,
      `M2,${a.id},${a.name},${b.id},,single,2021-02-29`,
    ];
    const { records, otherRecords, faults } = await goldenRows(civilAffairsSource, 'marriage', csv(header, ...rows));
    const event = { recordId: 'M1', state: 'married', eventDate: parseDay('2020-02-29') };
    expect(records.map((record) => decodeFact('marriage', record))).toEqual([{ ...event, spouse: keyOf(b.id) }]);
    expect(otherRecords.map((record) => decodeFact('marriage', record))).toEqual([{ ...event, spouse: keyOf(a.id) }]);
    expect(faults).toEqual(['3 spouse_name COLUMN_MISSING', '3 state VALUE_INVALID', '3 event_date VALUE_INVALID']);
  });

  it('marriage: each document is read by its own type', async () => {
    const header = 'record_id,id_type,id_number,name,spouse_id_type,spouse_id_number,spouse_name,state,event_date';
    const rows = [
      `M1,,${a.id},${a.name},passport,E12345678,SMITH,married,2020-02-01`,
      `M2,passport,E12345678,SMITH,,${a.id},${a.name},married,2020-02-01`,
      `M3,,E12345678,SMITH,,${a.id},${a.name},married,2020-02-01`,
    ];
    const { records, faults } = await goldenRows(civilAffairsSource, 'marriage', csv(header, ...rows));
    const abroad = pseudonyms.person({ type: 'passport', number: 'E12345678' });
    expect(records.map((record) => decodeFact('marriage', record).spouse)).toEqual([abroad, keyOf(a.id)]);
    expect(faults).toEqual(['4 id_number ID_INVALID']);
  });

  it('death: the date alone', async () => {
    const header = 'record_id,id_number,name,death_date,cremation_date';
    const rows = [`D1,${a.id},${a.name},2026-10-16,`, `D2,${a.id},${a.name},,2026-10-16`];
    const { records, faults } = await goldenRows(civilAffairsSource, 'death', csv(header, ...rows));
    expect(records.map((record) => decodeFact('death', record))).toEqual([{ deathDate: parseDay('2026-10-16') }]);
    expect(faults).toEqual(['3 death_date COLUMN_MISSING']);
  });

  it('assistance: any programme, and the benefit number as a pseudonym', async () => {
    const header = 'record_id,id_number,name,programme,benefit_no,region,from_date,to_date,monthly_amount';
    const rows = [
      `C1,${a.id},${a.name},urban_dibao,BN0001,520103,2024-12-15,,300`,
      `C2,${a.id},${a.name},heating_2024,BN0002,520103001,2024-12-15,2025-01-01,`,
      `C3,${a.id},${a.name},,BN0002,52010,2024-12-15,,`,
    ];
    const { records, faults } = await goldenRows(civilAffairsSource, 'assistance', csv(header, ...rows));
    const from = parseDay('2024-12-15');
    expect(records.map((record) => decodeFact('assistance', record))).toEqual([
      {
        recordId: 'C1',
        programme: 'urban_dibao',
        benefit: pseudonyms.benefit('BN0001'),
        region: '520103',
        from,
        to: null,
      },
      {
        recordId: 'C2',
        programme: 'heating_2024',
        benefit: pseudonyms.benefit('BN0002'),
        region: '520103001',
        from,
        to: parseDay('2025-01-01'),
      },
    ]);
    expect(faults).toEqual(['4 programme COLUMN_MISSING', '4 region VALUE_INVALID']);
  });
});
