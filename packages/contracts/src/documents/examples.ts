// Longer than other files: one example for each route, in the order of the documents, so that a reader of /docs sees one household's story.
import type { Load, RejectedRow, SourceStatus } from '../http/loads.js';
import type { PolicyCheck, PolicyComparison, PolicyProposal } from '../http/policies.js';
import { ruleText } from '../http/problem.js';
import type { DetectionRates } from '../http/rates.js';
import type { Replay } from '../http/replay.js';
import type { RouteName } from '../http/routes.js';
import type { Unmasking } from '../http/unmasking.js';
import type { Batch, PolicySummary, Report } from '../http/verification.js';
import { AUDIT_EXAMPLES } from './audit-examples.js';
import { AUTHORISATION_EXAMPLES } from './authorisation-examples.js';
import { EVIDENCE_EXAMPLES } from './evidence-examples.js';
import { EXPLANATION_EXAMPLE } from './explanation-example.js';
import { FILE_KINDS, HOUSEHOLD_FILE } from './file-kinds.js';
import { IDENTITY_EXAMPLES } from './identity-examples.js';
import { KEY_EXAMPLES } from './key-examples.js';
import { OPERATION_EXAMPLES } from './operation-examples.js';

/** What a call looks like: persons are invented. */
export interface RouteExample {
  params?: Record<string, string>;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: unknown;
  /** Text of a streamed body, by content type. */
  stream?: Record<string, string>;
  /** The answer that is hoped for. */
  status: number;
  answer?: unknown;
  /** Text of a streamed answer. */
  answerText?: string;
}

const LOAD_ID = 'tax-019a1f6e-3c00-7a10-8e55-0a4f5d2c1b00';
const BATCH_ID = '019a1f70-11aa-7b20-9c01-4cb1d5e6f700';
const REPORT_NO = 'R-019a1f70-11aa-7b20-9c01-4cb1d5e6f700-0';
const DIGEST = '9b2f0c1d7e5a48c6b3d1f0a29c8e7d6f5b4a39281706f5e4d3c2b1a09f8e7d6c';
const ENGINE = 'hedui-means-test/1';
const CORRELATION = '019a1f6e-3bff-7001-8aaa-5b1f3a9e2d00';
const policy = { id: 'guiyang-2026', version: 1, digest: 'sha256:4f6a…' };

const load: Load = {
  id: LOAD_ID,
  source: 'tax',
  recordType: 'income',
  scope: '520100',
  asOf: '2026-11-10',
  mode: 'full',
  state: 'applied',
  counts: { read: 1200, applied: 37, unchanged: 1161, withdrawn: 4, rejected: 2, superseded: 0 },
  warnings: [],
  waitingFor: null,
  refusal: null,
  receivedAt: '2026-11-10T02:00:00.000Z',
  storedAt: '2026-11-10T02:00:04.120Z',
  appliedAt: '2026-11-10T02:00:05.330Z',
  correlationId: CORRELATION,
};
const received: Load = { ...load, state: 'received', counts: { ...load.counts }, storedAt: null, appliedAt: null };
const reject: RejectedRow = {
  line: 17,
  ref: 'T-16',
  column: 'id_number',
  code: 'ID_INVALID',
  rule: ruleText('ID_INVALID'),
};
const sourceStatus: SourceStatus = {
  source: 'tax',
  title: { zh: '税务', en: 'Tax' },
  recordTypes: [
    {
      recordType: 'income',
      records: 1198,
      queued: 0,
      loads: [
        {
          scope: '520100',
          asOf: '2026-11-10',
          mode: 'full',
          loadId: LOAD_ID,
          state: 'applied',
          storedAt: load.storedAt,
        },
      ],
    },
  ],
  available: true,
};
const policySummary: PolicySummary = {
  ...policy,
  title: { zh: '贵阳市低收入家庭认定', en: 'Low-income households of Guiyang' },
  effectiveFrom: '2026-01-01',
  publishedAt: '2026-01-01T00:00:00.000Z',
};
const batch: Batch = {
  id: BATCH_ID,
  asOf: '2026-11-15',
  policy,
  state: 'running',
  counts: { households: 300, accepted: 296, rejected: 4, rejectedRows: 9, reports: 120 },
  progress: 0.643,
  warnings: [],
  createdAt: '2026-11-15T01:00:00.000Z',
  finishedAt: null,
  correlationId: CORRELATION,
};
const report: Report = {
  reportNo: REPORT_NO,
  batchId: BATCH_ID,
  householdRef: 'H001',
  programme: 'urban_dibao',
  verificationType: 'new_application',
  region: '520102',
  area: 'urban',
  asOf: '2026-11-15',
  issuedAt: '2026-11-15T01:00:02.000Z',
  policy,
  digest: DIGEST,
  conclusion: 'does_not_meet',
  tier: 'none',
  countedMembers: 1,
  standardMonthly: '735.00',
  annualIncome: '50400.00',
  perCapitaMonthly: '4200.00',
  income: [
    {
      member: 1,
      wage: { declared: '36000.00', verified: '50400.00', assessed: '50400.00' },
      operating: { declared: '0.00', verified: '0.00', assessed: '0.00' },
      property: { declared: '0.00', verified: '0.00', assessed: '0.00' },
      transfer: { declared: '0.00', verified: '0.00', assessed: '0.00' },
      other: { declared: '0.00', verified: '0.00', assessed: '0.00' },
      deduction: '0.00',
    },
  ],
  support: [],
  findings: [
    {
      code: 'INCOME_UNDERDECLARED',
      effect: 'review',
      member: 1,
      source: 'tax',
      recordId: null,
      detail: { category: 'wage', declared: '36000.00', verified: '50400.00' },
    },
    { code: 'VEHICLE_OWNED', effect: 'fails', member: 1, source: 'vehicle', recordId: 'V-1', detail: {} },
  ],
  sources: [{ source: 'tax', state: 'answered', asOf: '2026-11-10' }],
  persons: [{ row: 1, relation: 'applicant', name: '测*', idNumber: '520102********8016' }],
};
const figures = {
  leftOut: { incomplete: 3, withdrawn: 0, unauthorised: 0 },
  flagged: { count: 80, rate: '0.6667' },
  detected: { count: 51, rate: '0.4250' },
  confirmed: { count: 0, rate: null },
  overturned: { count: 0, rate: null },
  lowIncome: { count: 70, rate: '0.5833', tiers: { dibao: 52, dibao_margin: 12, rigid_expenditure: 6 } },
};
const rates: DetectionRates = {
  from: '2026-01',
  to: '2026-12',
  groupBy: ['programme'],
  knownOn: '2026-11-23T02:30:00Z',
  rows: [{ programme: 'urban_dibao', completed: 120, ...figures }],
  total: { completed: 120, ...figures },
};
const replay: Replay = {
  reportNo: REPORT_NO,
  digest: DIGEST,
  replayedDigest: DIGEST,
  same: true,
  engineVersion: ENGINE,
  replayedEngineVersion: ENGINE,
  differences: [],
  today: {
    assessedAt: '2026-11-23T02:30:00.000Z',
    engineVersion: ENGINE,
    same: false,
    conclusion: 'needs_review',
    tier: 'none',
    differences: [
      {
        what: 'conclusion',
        name: 'conclusion',
        member: null,
        source: null,
        recordId: null,
        was: 'does_not_meet',
        is: 'needs_review',
      },
      {
        what: 'finding_removed',
        name: 'VEHICLE_OWNED',
        member: 1,
        source: 'vehicle',
        recordId: 'V-1',
        was: { effect: 'fails' },
        is: null,
      },
    ],
  },
  todayMissing: null,
};
const pending = { reportNo: REPORT_NO, state: 'pending', location: `/v1/reports/${REPORT_NO}` };
const document = `id: guiyang-2026\nversion: 1\neffectiveFrom: 2026-01-01\n# …\n`;
const policyDocuments = {
  'application/yaml': document,
  'application/json': '{"id":"guiyang-2026","version":1}',
  'text/yaml': document,
  'application/x-yaml': document,
};
const policyCheck: PolicyCheck = { valid: true, ...policy, warnings: [], published: 'new' };
const policyComparison: PolicyComparison = {
  id: policy.id,
  before: policySummary,
  after: { ...policySummary, version: 2, digest: 'sha256:91c2…', publishedAt: '2026-06-20T00:00:00.000Z' },
  changes: [
    {
      kind: 'changed',
      key: 'programmes.dibao_margin.maxVehicles',
      before: '1',
      after: '0',
      sentence: {
        zh: '救助类型 dibao_margin 的机动车数量上限由1改为0',
        en: 'dibao_margin: vehicles allowed changed from 1 to 0',
      },
    },
  ],
};
const rejects = { items: [reject], next: null };
const incomeFile = FILE_KINDS.find(({ kind }) => kind === 'tax/income')?.example ?? '';
const incomeLine =
  '{"recordId":"T-1","idNumber":"520000196203180013","name":"测试甲","period":"2026-10","incomeItem":"wages","grossAmount":"4200.00"}\n';
const householdLine =
  '{"householdRef":"H001","programme":"urban_dibao","verificationType":"new_application","region":"520102","area":"urban","relation":"applicant","idNumber":"520000196203180013","name":"测试甲","declaredWage":"50400","authorisationNo":"SQ-1","authorisedOn":"2026-11-01"}\n';
const key = { 'Idempotency-Key': 'load-2026-11-10-tax-income' };

const proposal: PolicyProposal = {
  state: 'proposed',
  id: policy.id,
  version: 2,
  digest: DIGEST,
  title: policySummary.title,
  effectiveFrom: '2027-01-01',
  proposedBy: 'policy-maker-1',
  proposedAt: '2026-11-15T01:00:00.000Z',
  decidedBy: null,
  decidedAt: null,
};
const unmasking: Unmasking = {
  id: 'unmasking-019a1f70-22bb-7c30-8d02-5dc2e6f7a801',
  reportNo: REPORT_NO,
  state: 'asked',
  reason: 'objection',
  reference: 'YY-2026-118',
  askedBy: 'reviewer-1',
  askedAt: '2026-11-16T01:00:00.000Z',
  grantedBy: null,
  grantedAt: null,
  until: null,
};
const granted: Unmasking = {
  ...unmasking,
  state: 'granted',
  grantedBy: 'reviewer-2',
  grantedAt: '2026-11-16T01:10:00.000Z',
  until: '2026-11-16T02:10:00.000Z',
};
const POLICY_2 = { id: 'guiyang-2026', version: '2' };

/** One example per route; tests hold them against the schemas. */
export const EXAMPLES: Readonly<Record<RouteName, RouteExample>> = {
  createLoad: {
    params: { source: 'tax', recordType: 'income' },
    query: { scope: '520100', asOf: '2026-11-10', mode: 'full' },
    headers: key,
    stream: { 'text/csv': incomeFile, 'application/x-ndjson': incomeLine },
    status: 202,
    answer: received,
  },
  confirmLoad: { params: { id: LOAD_ID }, status: 202, answer: received },
  listSources: { status: 200, answer: { items: [sourceStatus] } },
  getSourceTemplate: {
    params: { source: 'tax', recordType: 'income' },
    query: { format: 'csv' },
    status: 200,
    answerText: `${incomeFile.split('\n', 1)[0]}\r\n`,
  },
  getHouseholdTemplate: {
    query: { format: 'csv' },
    status: 200,
    answerText: `${HOUSEHOLD_FILE.example.split('\n', 1)[0]}\r\n`,
  },
  getLoad: { params: { id: LOAD_ID }, status: 200, answer: load },
  getLoadRejects: { params: { id: LOAD_ID }, query: { limit: '100' }, status: 200, answer: rejects },
  publishPolicy: {
    headers: { 'Idempotency-Key': 'policy-guiyang-2026-1' },
    stream: policyDocuments,
    status: 201,
    answer: policySummary,
  },
  approvePolicy: {
    params: POLICY_2,
    query: { digest: DIGEST },
    status: 201,
    answer: { ...policySummary, version: 2, digest: DIGEST, effectiveFrom: '2027-01-01' },
  },
  withdrawPolicyProposal: {
    params: POLICY_2,
    status: 200,
    answer: { ...proposal, state: 'withdrawn', decidedBy: 'policy-maker-1', decidedAt: '2026-11-15T02:00:00.000Z' },
  },
  listPolicyProposals: { status: 200, answer: { items: [proposal] } },
  getPolicyProposal: {
    params: POLICY_2,
    status: 200,
    answer: { ...proposal, document: { id: 'guiyang-2026', version: 2 } },
  },
  checkPolicy: { stream: policyDocuments, status: 200, answer: policyCheck },
  listPolicies: { status: 200, answer: { items: [policySummary], next: null } },
  getPolicy: {
    params: { id: 'guiyang-2026', version: '1' },
    status: 200,
    answer: { ...policySummary, document: { id: 'guiyang-2026', version: 1 } },
  },
  getPolicyInForce: {
    params: { id: 'guiyang-2026' },
    query: { asOf: '2026-11-15' },
    status: 200,
    answer: { ...policySummary, document: { id: 'guiyang-2026', version: 1 } },
  },
  comparePolicies: {
    params: { id: 'guiyang-2026', version: '1' },
    query: { with: '2' },
    status: 200,
    answer: policyComparison,
  },
  createBatch: {
    query: { asOf: '2026-11-15', policy: 'guiyang-2026' },
    headers: { 'Idempotency-Key': 'batch-2026-11-15' },
    stream: { 'text/csv': HOUSEHOLD_FILE.example, 'application/x-ndjson': householdLine },
    status: 202,
    answer: batch,
  },
  listBatches: { query: { limit: '20' }, status: 200, answer: { items: [batch], next: null } },
  getBatch: { params: { id: BATCH_ID }, status: 200, answer: batch },
  getBatchEvents: {
    params: { id: BATCH_ID },
    status: 200,
    answerText: `event: batch\ndata: ${JSON.stringify(batch)}\n\n`,
  },
  getBatchReports: { params: { id: BATCH_ID }, status: 200, answerText: `${JSON.stringify(report)}\n` },
  getBatchRejects: {
    params: { id: BATCH_ID },
    status: 200,
    answer: { items: [{ ...reject, ref: 'H007' }], next: null },
  },
  cancelBatch: { params: { id: BATCH_ID }, status: 200, answer: { ...batch, state: 'cancelled' } },
  createVerification: {
    headers: { 'Idempotency-Key': 'window-3-0815', Prefer: 'wait=10' },
    body: {
      asOf: '2026-11-15',
      programme: 'urban_dibao',
      verificationType: 'new_application',
      region: '520102',
      area: 'urban',
      persons: [
        {
          relation: 'applicant',
          idNumber: '520000196203180013',
          name: '测试甲',
          declaredWage: '36000.00',
          authorisationNo: 'SQ-1',
          authorisedOn: '2026-11-01',
        },
      ],
    },
    status: 200,
    answer: { ...report, batchId: null, householdRef: null },
  },
  getReport: { params: { reportNo: REPORT_NO }, status: 200, answer: report },
  askUnmasking: {
    params: { reportNo: REPORT_NO },
    body: { reason: 'objection', reference: 'YY-2026-118' },
    status: 202,
    answer: unmasking,
  },
  grantUnmasking: { params: { id: unmasking.id }, status: 200, answer: granted },
  listUnmaskings: { status: 200, answer: { items: [granted] } },
  getReportExplanation: {
    params: { reportNo: REPORT_NO },
    status: 200,
    answer: {
      ...EXPLANATION_EXAMPLE,
      reportNo: REPORT_NO,
      digest: DIGEST,
      engineVersion: ENGINE,
      agrees: true,
      persons: report.persons,
    },
  },
  getReportDocument: {
    params: { reportNo: REPORT_NO },
    query: { kind: 'letter', format: 'html', language: 'zh' },
    status: 200,
    answerText: '<!doctype html>…',
  },
  replayReport: {
    params: { reportNo: REPORT_NO },
    query: { today: 'true' },
    headers: { Prefer: 'wait=10' },
    status: 200,
    answer: replay,
  },
  ...AUTHORISATION_EXAMPLES,
  ...EVIDENCE_EXAMPLES,
  getDetectionRates: { query: { from: '2026-01', to: '2026-12', groupBy: 'programme' }, status: 200, answer: rates },
  ...AUDIT_EXAMPLES,
  ...IDENTITY_EXAMPLES,
  ...KEY_EXAMPLES,
  ...OPERATION_EXAMPLES,
};

/** 202 of a check whose report was not ready in time. */
export const PENDING_EXAMPLE = pending;
