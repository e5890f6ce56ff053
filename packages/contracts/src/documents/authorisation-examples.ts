import type { Authorisation, CitizenAccount, Withdrawal } from '../http/authorisations.js';

const ID = 'A01KAB2C3D4E5F6G7H8J9K0M1N2';
const paper: Authorisation = {
  id: ID,
  authorisationNo: 'SQ-2026-0815',
  person: { idType: 'resident_id', idNumber: '520000********0013' },
  kind: 'green_channel',
  guardian: null,
  purposes: ['assistance'],
  sources: null,
  region: '520102',
  signedOn: '2026-11-10',
  until: null,
  dueOn: '2026-11-20',
  signatureOn: null,
  state: 'provisional',
  endings: [],
  registeredAt: '2026-11-10T02:00:00.000Z',
};
const withdrawal: Withdrawal = {
  authorisationNo: 'SQ-2026-0815',
  withdrawnAt: '2026-11-12T06:30:00.000Z',
  stopped: 1,
  issued: 0,
};
const account: CitizenAccount = {
  person: paper.person,
  queries: [
    {
      reportNo: 'R01KAB2C3D4E5F6G7H8J9K0M1N200',
      relation: 'applicant',
      programme: 'urban_dibao',
      purpose: 'assistance',
      verificationType: 'green_channel',
      region: '520102',
      office: null,
      asOf: '2026-11-11',
      askedAt: '2026-11-11T01:12:00.000Z',
      state: 'reported',
      authorisationNo: 'SQ-2026-0815',
      authorisedOn: '2026-11-10',
      authorisedUntil: null,
      sources: [{ source: 'tax', state: 'answered' }],
    },
  ],
  authorisations: [paper],
  endings: [],
  elsewhere: 0,
};
const person = { idNumber: '520000196203180013' };

export const AUTHORISATION_EXAMPLES = {
  registerAuthorisation: {
    headers: { 'Idempotency-Key': 'paper-0815' },
    body: {
      authorisationNo: 'SQ-2026-0815',
      person,
      kind: 'green_channel',
      purposes: ['assistance'],
      region: '520102',
      signedOn: '2026-11-10',
    },
    status: 201,
    answer: paper,
  },
  getAuthorisation: { params: { id: ID }, status: 200, answer: paper },
  signAuthorisation: {
    params: { id: ID },
    body: { signedOn: '2026-11-14' },
    status: 200,
    answer: { ...paper, signatureOn: '2026-11-14', state: 'in_force' },
  },
  withdrawAuthorisation: {
    body: { authorisationNo: 'SQ-2026-0815', person, reason: '本人要求撤回' },
    status: 200,
    answer: withdrawal,
  },
  readCitizenAccount: { body: person, status: 200, answer: account },
} as const;
