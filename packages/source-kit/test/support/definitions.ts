import { defineSource } from '../../src/index.js';

/** A source that the project does not have: adding it is this definition. */
export const socialInsurance = defineSource({
  source: 'social_insurance',
  title: { zh: '人社', en: 'Social insurance' },
  recordTypes: [
    {
      type: 'pension',
      columns: [
        { name: 'record_id', kind: { is: 'identifier' }, required: true },
        { name: 'id_type', kind: { is: 'idType' } },
        { name: 'id_number', kind: { is: 'idNumber', typeColumn: 'id_type' }, required: true },
        { name: 'name', kind: { is: 'name' }, required: true },
        { name: 'account_no', kind: { is: 'identifier' } },
        { name: 'month', kind: { is: 'month' }, required: true },
        { name: 'amount', kind: { is: 'money' }, required: true },
      ],
      person: { idType: 'id_type', idNumber: 'id_number', name: 'name' },
      blind: [
        { column: 'record_id', as: 'text' },
        { column: 'month', as: 'month' },
        { column: 'amount', as: 'fen' },
      ],
    },
    {
      type: 'guardianship',
      columns: [
        { name: 'record_id', kind: { is: 'identifier' }, required: true },
        { name: 'id_type', kind: { is: 'idType' } },
        { name: 'id_number', kind: { is: 'idNumber', typeColumn: 'id_type' }, required: true },
        { name: 'name', kind: { is: 'name' }, required: true },
        { name: 'ward_id_type', kind: { is: 'idType' } },
        { name: 'ward_id_number', kind: { is: 'idNumber', typeColumn: 'ward_id_type' }, required: true },
        { name: 'ward_name', kind: { is: 'name' }, required: true },
        { name: 'since', kind: { is: 'day' }, required: true },
      ],
      person: { idType: 'id_type', idNumber: 'id_number', name: 'name' },
      other: { idType: 'ward_id_type', idNumber: 'ward_id_number', name: 'ward_name' },
      orderBy: 'since',
      blind: [{ column: 'record_id', as: 'text' }, { column: 'since', as: 'day' }, { as: 'otherPerson' }],
    },
  ],
});
