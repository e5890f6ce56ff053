import type { RecordTypeDefinition } from '@hedui/source-kit';

/** A death has no record id in a report: who died is enough. */
export const death: RecordTypeDefinition = {
  type: 'death',
  columns: [
    { name: 'record_id', kind: { is: 'identifier' }, required: true },
    { name: 'id_type', kind: { is: 'idType' } },
    { name: 'id_number', kind: { is: 'idNumber', typeColumn: 'id_type' }, required: true },
    { name: 'name', kind: { is: 'name' }, required: true },
    { name: 'death_date', kind: { is: 'day' }, required: true },
    { name: 'cremation_date', kind: { is: 'day' } },
  ],
  person: { idType: 'id_type', idNumber: 'id_number', name: 'name' },
  blind: [{ column: 'death_date', as: 'day' }],
};
