import type { Erasure, Evidence, Retention } from '../http/evidence.js';

const reportNo = 'R-019a1f70-11aa-7b20-9c01-4cb1d5e6f700-0';
const evidence: Evidence = {
  reportNo,
  finding: 1,
  code: 'VEHICLE_OWNED',
  member: 1,
  asOf: '2026-11-15',
  unmasked: false,
  source: 'vehicle',
  recordType: 'registration',
  recordId: 'V-17',
  person: { idType: 'resident_id', idNumber: '520000********0013', name: '张*' },
  other: null,
  values: { plate_no: '贵A***12', plate_type: '02', status: 'A', registered_on: '2024-03-01', disposed_on: null },
  changedSince: false,
};
const asked: Erasure = {
  id: 'erasure-019a1f70-22bb-7c30-8d02-5dc2e6f7a801',
  reportNo,
  state: 'asked',
  reason: 'request',
  reference: 'L-2026-114',
  askedBy: 'reviewer-1',
  askedAt: '2026-11-20T02:00:00.000Z',
  agreedBy: null,
  erasedAt: null,
};
const retention: Retention = {
  dryRun: true,
  months: 60,
  before: '2021-11-20T02:00:00.000Z',
  batches: 2,
  checks: 14,
  households: 3014,
};

export const EVIDENCE_EXAMPLES = {
  getFindingEvidence: { params: { reportNo, finding: '1' }, status: 200, answer: evidence },
  askErasure: {
    params: { reportNo },
    body: { reason: 'request', reference: 'L-2026-114' },
    status: 202,
    answer: asked,
  },
  agreeErasure: {
    params: { id: asked.id },
    status: 200,
    answer: { ...asked, state: 'erased' as const, agreedBy: 'reviewer-2', erasedAt: '2026-11-20T03:00:00.000Z' },
  },
  runRetention: { query: { dryRun: 'true' }, status: 200, answer: retention },
};
