import { defineSource } from '@hedui/source-kit';

/** 01 normal, 02 sealed, 03 merged, 04 moved out, 05 closed by withdrawal, 06 frozen, 99 other. */
const ACCOUNT_STATUSES = ['01', '02', '03', '04', '05', '06', '99'];

/** Housing fund: accounts. A sealed account does not mean that its holder works. The account number does not travel. */
export const housingFundSource = defineSource({
  source: 'housing_fund',
  title: { zh: '住房公积金', en: 'Housing fund' },
  recordTypes: [
    {
      type: 'account',
      columns: [
        { name: 'record_id', kind: { is: 'identifier' }, required: true },
        { name: 'id_type', kind: { is: 'idType' } },
        { name: 'id_number', kind: { is: 'idNumber', typeColumn: 'id_type' }, required: true },
        { name: 'name', kind: { is: 'name' }, required: true },
        { name: 'account_no', kind: { is: 'identifier' }, required: true },
        { name: 'employer_name', kind: { is: 'text' } },
        { name: 'employer_code', kind: { is: 'identifier' } },
        { name: 'opened_on', kind: { is: 'day' }, required: true },
        { name: 'wage_base', kind: { is: 'money' }, required: true },
        { name: 'monthly_deposit', kind: { is: 'money' } },
        { name: 'paid_through', kind: { is: 'month' } },
        { name: 'balance', kind: { is: 'money' }, required: true },
        { name: 'status', kind: { is: 'code', of: ACCOUNT_STATUSES }, required: true },
        { name: 'loan_monthly_repayment', kind: { is: 'money' } },
      ],
      person: { idType: 'id_type', idNumber: 'id_number', name: 'name' },
      blind: [
        { column: 'record_id', as: 'text' },
        { column: 'opened_on', as: 'monthOf' },
        { column: 'paid_through', as: 'month' },
        { column: 'wage_base', as: 'fen' },
        { column: 'balance', as: 'fen' },
        { column: 'status', as: 'text' },
        { column: 'loan_monthly_repayment', as: 'fen' },
      ],
    },
  ],
});
