import { TAX_ITEMS } from '@hedui/contracts';
import { defineSource } from '@hedui/source-kit';

/**
 * Tax: income by month and item. An amount of zero tax is still income; a correction replaces the earlier row of its
 * record_id. Payer codes are taken as written: departments' files hold codes of several generations.
 */
export const taxSource = defineSource({
  source: 'tax',
  title: { zh: '税务', en: 'Tax' },
  recordTypes: [
    {
      type: 'income',
      columns: [
        { name: 'record_id', kind: { is: 'identifier' }, required: true },
        { name: 'id_type', kind: { is: 'idType' } },
        { name: 'id_number', kind: { is: 'idNumber', typeColumn: 'id_type' }, required: true },
        { name: 'name', kind: { is: 'name' }, required: true },
        { name: 'period', kind: { is: 'month' }, required: true },
        { name: 'income_item', kind: { is: 'code', of: TAX_ITEMS }, required: true },
        { name: 'gross_amount', kind: { is: 'money' }, required: true },
        { name: 'tax_paid', kind: { is: 'money' } },
        { name: 'payer_name', kind: { is: 'text' } },
        { name: 'payer_code', kind: { is: 'identifier' } },
        { name: 'filed_on', kind: { is: 'day' } },
      ],
      person: { idType: 'id_type', idNumber: 'id_number', name: 'name' },
      blind: [
        { column: 'period', as: 'month' },
        { column: 'income_item', as: 'text' },
        { column: 'gross_amount', as: 'fen' },
      ],
    },
  ],
});
