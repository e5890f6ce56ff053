import type { RecordTypeDefinition } from '@hedui/source-kit';

/**
 * Assistance that is or was paid. The programme is any code: which ones exclude each other is the policy's to say. The
 * benefit number travels as a pseudonym, so that a household's own benefit can still be told from another one.
 */
export const assistance: RecordTypeDefinition = {
  type: 'assistance',
  columns: [
    { name: 'record_id', kind: { is: 'identifier' }, required: true },
    { name: 'id_type', kind: { is: 'idType' } },
    { name: 'id_number', kind: { is: 'idNumber', typeColumn: 'id_type' }, required: true },
    { name: 'name', kind: { is: 'name' }, required: true },
    { name: 'programme', kind: { is: 'identifier' }, required: true },
    { name: 'benefit_no', kind: { is: 'identifier' }, required: true },
    { name: 'region', kind: { is: 'region' }, required: true },
    { name: 'from_date', kind: { is: 'day' }, required: true },
    { name: 'to_date', kind: { is: 'day' } },
    { name: 'monthly_amount', kind: { is: 'money' } },
  ],
  person: { idType: 'id_type', idNumber: 'id_number', name: 'name' },
  blind: [
    { column: 'record_id', as: 'text' },
    { column: 'programme', as: 'text' },
    { column: 'benefit_no', as: 'benefitKey' },
    { column: 'region', as: 'text' },
    { column: 'from_date', as: 'day' },
    { column: 'to_date', as: 'day' },
  ],
};
