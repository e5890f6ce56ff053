import { defineSource } from '@hedui/source-kit';

/**
 * Vehicles: registrations. `status` is a concatenation of letters (`GQ`) and `plate_type` two digits; both are taken as
 * written, and what they mean for a household is the policy's to say. The plate does not travel.
 */
export const vehicleSource = defineSource({
  source: 'vehicle',
  title: { zh: '车管', en: 'Vehicles' },
  recordTypes: [
    {
      type: 'registration',
      columns: [
        { name: 'record_id', kind: { is: 'identifier' }, required: true },
        { name: 'id_type', kind: { is: 'idType' } },
        { name: 'id_number', kind: { is: 'idNumber', typeColumn: 'id_type' }, required: true },
        { name: 'name', kind: { is: 'name' }, required: true },
        { name: 'plate_no', kind: { is: 'identifier' }, required: true },
        { name: 'plate_type', kind: { is: 'digits', width: 2 }, required: true },
        { name: 'brand_model', kind: { is: 'text' } },
        { name: 'use_nature', kind: { is: 'letters', exactly: 1 } },
        { name: 'status', kind: { is: 'letters' }, required: true },
        { name: 'registered_on', kind: { is: 'day' }, required: true },
        { name: 'disposed_on', kind: { is: 'day' } },
        { name: 'assessed_value', kind: { is: 'money' } },
      ],
      person: { idType: 'id_type', idNumber: 'id_number', name: 'name' },
      blind: [
        { column: 'record_id', as: 'text' },
        { column: 'plate_type', as: 'text' },
        { column: 'use_nature', as: 'text' },
        { column: 'status', as: 'text' },
        { column: 'registered_on', as: 'day' },
        { column: 'disposed_on', as: 'day' },
      ],
    },
  ],
});
