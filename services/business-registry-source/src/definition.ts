import { defineSource } from '@hedui/source-kit';

const ENTITY_TYPES = ['company', 'partnership', 'sole_proprietorship', 'individual_business', 'farmers_cooperative'];
const ROLES = ['legal_representative', 'executive', 'investor', 'operator'];
const ENTITY_STATUSES = ['active', 'dormant', 'revoked', 'cancelled', 'moved_out'];

/**
 * Business registry: who is what in which entity. The credit code is taken as written (old registers hold codes that fail
 * their check character) and does not travel, nor does the entity's name.
 */
export const businessRegistrySource = defineSource({
  source: 'business_registry',
  title: { zh: '市场监管', en: 'Business registry' },
  recordTypes: [
    {
      type: 'role',
      columns: [
        { name: 'record_id', kind: { is: 'identifier' }, required: true },
        { name: 'id_type', kind: { is: 'idType' } },
        { name: 'id_number', kind: { is: 'idNumber', typeColumn: 'id_type' }, required: true },
        { name: 'name', kind: { is: 'name' }, required: true },
        { name: 'uscc', kind: { is: 'identifier' }, required: true },
        { name: 'entity_name', kind: { is: 'text' }, required: true },
        { name: 'entity_type', kind: { is: 'code', of: ENTITY_TYPES }, required: true },
        { name: 'role', kind: { is: 'code', of: ROLES }, required: true },
        { name: 'subscribed_capital', kind: { is: 'money' } },
        { name: 'entity_status', kind: { is: 'code', of: ENTITY_STATUSES }, required: true },
        { name: 'since', kind: { is: 'day' } },
        { name: 'until', kind: { is: 'day' } },
      ],
      person: { idType: 'id_type', idNumber: 'id_number', name: 'name' },
      blind: [
        { column: 'record_id', as: 'text' },
        { column: 'entity_type', as: 'text' },
        { column: 'role', as: 'text' },
        { column: 'subscribed_capital', as: 'fen' },
        { column: 'entity_status', as: 'text' },
        { column: 'since', as: 'day' },
        { column: 'until', as: 'day' },
      ],
    },
  ],
});
