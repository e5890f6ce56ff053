import type { RecordTypeDefinition } from '@hedui/source-kit';

/**
 * One event speaks of both persons: it stands in the slices of both, and each one's slice names the other. The events of a
 * person are ordered here, because the order needs the record ids of all of them: by date, then by record id.
 */
export const marriage: RecordTypeDefinition = {
  type: 'marriage',
  columns: [
    { name: 'record_id', kind: { is: 'identifier' }, required: true },
    { name: 'id_type', kind: { is: 'idType' } },
    { name: 'id_number', kind: { is: 'idNumber', typeColumn: 'id_type' }, required: true },
    { name: 'name', kind: { is: 'name' }, required: true },
    { name: 'spouse_id_type', kind: { is: 'idType' } },
    { name: 'spouse_id_number', kind: { is: 'idNumber', typeColumn: 'spouse_id_type' }, required: true },
    { name: 'spouse_name', kind: { is: 'name' }, required: true },
    { name: 'state', kind: { is: 'code', of: ['married', 'divorced', 'widowed'] }, required: true },
    { name: 'event_date', kind: { is: 'day' }, required: true },
  ],
  person: { idType: 'id_type', idNumber: 'id_number', name: 'name' },
  other: { idType: 'spouse_id_type', idNumber: 'spouse_id_number', name: 'spouse_name' },
  orderBy: 'event_date',
  blind: [
    { column: 'record_id', as: 'text' },
    { column: 'state', as: 'text' },
    { column: 'event_date', as: 'day' },
    { as: 'otherPerson' },
  ],
};
