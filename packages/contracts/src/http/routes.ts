import { z } from 'zod';
import { loadQuerySchema, loadSchema, rejectsPageSchema, sourcesSchema } from './loads.js';
import {
  POLICY_TYPES,
  policyAsOfQuerySchema,
  policyCheckSchema,
  policyComparisonSchema,
  policyWithQuerySchema,
} from './policies.js';
import { problemSchema } from './problem.js';
import { ratesQuerySchema, ratesSchema } from './rates.js';
import { replayQuerySchema, replaySchema, reportExplanationSchema } from './replay.js';
import {
  batchesPageSchema,
  batchQuerySchema,
  batchSchema,
  pendingReportSchema,
  policyListSchema,
  policySchema,
  policySummarySchema,
  reportSchema,
  verificationRequestSchema,
} from './verification.js';

/** Roles that tokens carry. Who may do what is one table: the `access` of each route below. */
export const ROLES = [
  'operator',
  'reviewer',
  'department',
  'auditor',
  'source_officer',
  'policy_maker',
  'administrator',
] as const;
export type Role = (typeof ROLES)[number];

/** Which service answers a route behind the gateway. `source`: the one that the path or the load id names. */
export type RouteOwner = 'source' | 'verification' | 'reporting' | 'gateway';

/** A body or an answer that is not JSON: streamed as it is. */
export interface StreamShape {
  stream: readonly string[];
  description: string;
}

/** One REST call: used by the handler, by the OpenAPI document, by the gateway's routing and by the tests. */
export interface RouteContract {
  id: string;
  method: 'GET' | 'POST';
  /** Fastify form: `/v1/loads/:id`. */
  path: string;
  owner: RouteOwner;
  access: readonly Role[];
  tag: 'sources' | 'policies' | 'batches' | 'verifications' | 'reports' | 'rates';
  summary: { zh: string; en: string };
  description?: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  headers?: z.ZodObject;
  body?: z.ZodType | StreamShape;
  responses: Readonly<Record<number, z.ZodType | StreamShape>>;
  /** POSTs take Idempotency-Key. */
  idempotent?: boolean;
}

export const isStream = (shape: z.ZodType | StreamShape): shape is StreamShape => 'stream' in shape;

const idParams = z.object({ id: z.string() });
const page = z.object({
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1000).optional().describe('default 100'),
});
const rejectsQuery = page.extend({ format: z.enum(['json', 'csv']).optional().describe('or Accept: text/csv') });
const problems = <C extends number>(...codes: C[]) =>
  Object.fromEntries(codes.map((c) => [c, problemSchema])) as Record<C, typeof problemSchema>;
const always = problems(401, 403, 429, 500, 503);
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const templateQuery = z.object({ format: z.enum(['csv', 'xlsx']).optional().describe('default csv') });
const templateFile: StreamShape = {
  stream: ['text/csv', XLSX],
  description: 'an empty file with the header row; the XLSX explains every column on its second sheet',
};
const rowsBody: StreamShape = {
  stream: ['text/csv', 'application/x-ndjson', XLSX],
  description:
    'CSV (UTF-8 or GB 18030) with a header row, one JSON object a line, or an XLSX file (its first visible sheet); read as a stream',
};
const policyBody: StreamShape = { stream: POLICY_TYPES, description: 'the policy document, at most 1 MiB' };
const versionParams = z.object({ id: z.string(), version: z.coerce.number().int().min(1) });
const read = ['operator', 'reviewer', 'auditor', 'administrator'] as const;
const readPolicies = [...read, 'department', 'policy_maker', 'source_officer'] as const;

export const ROUTES = {
  createLoad: {
    id: 'createLoad',
    method: 'POST',
    path: '/v1/sources/:source/:recordType/loads',
    owner: 'source',
    access: ['source_officer', 'operator'],
    tag: 'sources',
    summary: { zh: '装载部门文件', en: "Load a department's file" },
    params: z.object({ source: z.string(), recordType: z.string() }),
    query: loadQuerySchema,
    body: rowsBody,
    idempotent: true,
    responses: { 202: loadSchema, ...problems(400, 404, 409, 413, 415, 422), ...always },
  },
  confirmLoad: {
    id: 'confirmLoad',
    method: 'POST',
    path: '/v1/loads/:id/confirm',
    owner: 'source',
    access: ['source_officer', 'operator'],
    tag: 'sources',
    summary: { zh: '确认撤销并继续装载', en: 'Confirm the withdrawals of a waiting load' },
    params: idParams,
    responses: { 202: loadSchema, ...problems(404, 409), ...always },
  },
  listSources: {
    id: 'listSources',
    method: 'GET',
    path: '/v1/sources',
    owner: 'gateway',
    access: [...read, 'source_officer', 'department'],
    tag: 'sources',
    summary: { zh: '各来源的数据与时效', en: 'What each source holds and how fresh it is' },
    responses: { 200: sourcesSchema, ...always },
  },
  getSourceTemplate: {
    id: 'getSourceTemplate',
    method: 'GET',
    path: '/v1/sources/:source/:recordType/template',
    owner: 'source',
    access: [...read, 'source_officer', 'department'],
    tag: 'sources',
    summary: { zh: '来源文件模板', en: "Template of a source's file" },
    params: z.object({ source: z.string(), recordType: z.string() }),
    query: templateQuery,
    responses: { 200: templateFile, ...problems(400, 404), ...always },
  },
  getHouseholdTemplate: {
    id: 'getHouseholdTemplate',
    method: 'GET',
    path: '/v1/templates/households',
    owner: 'verification',
    access: [...read, 'department'],
    tag: 'batches',
    summary: { zh: '家庭批次模板', en: 'Template of a batch of households' },
    query: templateQuery,
    responses: { 200: templateFile, ...problems(400), ...always },
  },
  getLoad: {
    id: 'getLoad',
    method: 'GET',
    path: '/v1/loads/:id',
    owner: 'source',
    access: [...read, 'source_officer'],
    tag: 'sources',
    summary: { zh: '一次装载的状态', en: 'State and counts of a load' },
    params: idParams,
    responses: { 200: loadSchema, ...problems(404), ...always },
  },
  getLoadRejects: {
    id: 'getLoadRejects',
    method: 'GET',
    path: '/v1/loads/:id/rejects',
    owner: 'source',
    access: [...read, 'source_officer'],
    tag: 'sources',
    summary: { zh: '装载中被拒绝的行', en: 'Rejected rows of a load' },
    params: idParams,
    query: rejectsQuery,
    responses: { 200: rejectsPageSchema, ...problems(400, 404), ...always },
  },
  publishPolicy: {
    id: 'publishPolicy',
    method: 'POST',
    path: '/v1/policies',
    owner: 'verification',
    access: ['policy_maker', 'operator'],
    tag: 'policies',
    summary: { zh: '发布政策版本', en: 'Publish a policy version' },
    body: policyBody,
    idempotent: true,
    responses: { 200: policySummarySchema, 201: policySummarySchema, ...problems(400, 409, 413, 415, 422), ...always },
  },
  checkPolicy: {
    id: 'checkPolicy',
    method: 'POST',
    path: '/v1/policies/check',
    owner: 'verification',
    access: ['policy_maker', 'operator'],
    tag: 'policies',
    summary: { zh: '检查政策文件，不发布', en: 'Check a policy document and publish nothing' },
    description: 'What publishing would refuse is refused here too, with line and key of each error; nothing is kept.',
    body: policyBody,
    responses: { 200: policyCheckSchema, ...problems(400, 413, 415), ...always },
  },
  listPolicies: {
    id: 'listPolicies',
    method: 'GET',
    path: '/v1/policies',
    owner: 'verification',
    access: readPolicies,
    tag: 'policies',
    summary: { zh: '已发布的政策', en: 'Published policies' },
    query: page,
    responses: { 200: policyListSchema, ...problems(400), ...always },
  },
  getPolicy: {
    id: 'getPolicy',
    method: 'GET',
    path: '/v1/policies/:id/versions/:version',
    owner: 'verification',
    access: readPolicies,
    tag: 'policies',
    summary: { zh: '读取政策版本', en: 'One policy version' },
    params: versionParams,
    responses: { 200: policySchema, ...problems(404), ...always },
  },
  getPolicyInForce: {
    id: 'getPolicyInForce',
    method: 'GET',
    path: '/v1/policies/:id',
    owner: 'verification',
    access: readPolicies,
    tag: 'policies',
    summary: { zh: '某日有效的政策版本', en: 'The version that is in force on a date' },
    description:
      'Among the versions with `effectiveFrom` ≤ `asOf` the latest, then the highest; 404 when there is none.',
    params: idParams,
    query: policyAsOfQuerySchema,
    responses: { 200: policySchema, ...problems(400, 404), ...always },
  },
  comparePolicies: {
    id: 'comparePolicies',
    method: 'GET',
    path: '/v1/policies/:id/versions/:version/compare',
    owner: 'verification',
    access: readPolicies,
    tag: 'policies',
    summary: { zh: '比较同一政策的两个版本', en: 'What changes from one version to another' },
    params: versionParams,
    query: policyWithQuerySchema,
    responses: { 200: policyComparisonSchema, ...problems(400, 404), ...always },
  },
  createBatch: {
    id: 'createBatch',
    method: 'POST',
    path: '/v1/batches',
    owner: 'verification',
    access: ['operator'],
    tag: 'batches',
    summary: { zh: '提交家庭批次', en: 'Submit a batch of households' },
    query: batchQuerySchema,
    body: rowsBody,
    idempotent: true,
    responses: { 202: batchSchema, ...problems(400, 409, 413, 415, 422), ...always },
  },
  listBatches: {
    id: 'listBatches',
    method: 'GET',
    path: '/v1/batches',
    owner: 'verification',
    access: read,
    tag: 'batches',
    summary: { zh: '批次列表', en: 'Batches, newest first' },
    query: page,
    responses: { 200: batchesPageSchema, ...problems(400), ...always },
  },
  getBatch: {
    id: 'getBatch',
    method: 'GET',
    path: '/v1/batches/:id',
    owner: 'verification',
    access: read,
    tag: 'batches',
    summary: { zh: '批次状态', en: 'State and counts of a batch' },
    params: idParams,
    responses: { 200: batchSchema, ...problems(404), ...always },
  },
  getBatchEvents: {
    id: 'getBatchEvents',
    method: 'GET',
    path: '/v1/batches/:id/events',
    owner: 'verification',
    access: read,
    tag: 'batches',
    summary: { zh: '批次进度', en: 'Progress of a batch (server-sent events)' },
    description:
      'Events named `batch`, each with the batch as data; the stream ends when the batch is done or cancelled.',
    params: idParams,
    responses: { 200: { stream: ['text/event-stream'], description: 'events `batch`' }, ...problems(404), ...always },
  },
  getBatchReports: {
    id: 'getBatchReports',
    method: 'GET',
    path: '/v1/batches/:id/reports',
    owner: 'verification',
    access: read,
    tag: 'batches',
    summary: { zh: '批次的核对报告', en: 'Reports of a batch, one a line' },
    params: idParams,
    responses: {
      200: { stream: ['application/x-ndjson'], description: 'one report a line, in the order of the file' },
      ...problems(404),
      ...always,
    },
  },
  getBatchRejects: {
    id: 'getBatchRejects',
    method: 'GET',
    path: '/v1/batches/:id/rejects',
    owner: 'verification',
    access: read,
    tag: 'batches',
    summary: { zh: '批次中被拒绝的行', en: 'Rejected rows of a batch' },
    params: idParams,
    query: rejectsQuery,
    responses: { 200: rejectsPageSchema, ...problems(400, 404), ...always },
  },
  cancelBatch: {
    id: 'cancelBatch',
    method: 'POST',
    path: '/v1/batches/:id/cancel',
    owner: 'verification',
    access: ['operator'],
    tag: 'batches',
    summary: { zh: '取消批次', en: 'Stop what has not been assessed' },
    params: idParams,
    idempotent: true,
    responses: { 200: batchSchema, ...problems(404, 409, 422), ...always },
  },
  createVerification: {
    id: 'createVerification',
    method: 'POST',
    path: '/v1/verifications',
    owner: 'verification',
    access: ['operator', 'department'],
    tag: 'verifications',
    summary: { zh: '核对一户家庭', en: 'Verify one household' },
    description: '`Prefer: wait=n` says how many seconds to wait for the report (default 5, at most 60).',
    body: verificationRequestSchema,
    idempotent: true,
    responses: { 200: reportSchema, 202: pendingReportSchema, ...problems(400, 409, 413, 415, 422), ...always },
  },
  getReport: {
    id: 'getReport',
    method: 'GET',
    path: '/v1/reports/:reportNo',
    owner: 'verification',
    access: [...read, 'department'],
    tag: 'reports',
    summary: { zh: '读取核对报告', en: 'One report' },
    params: z.object({ reportNo: z.string() }),
    responses: { 200: reportSchema, 202: pendingReportSchema, ...problems(404), ...always },
  },
  getReportExplanation: {
    id: 'getReportExplanation',
    method: 'GET',
    path: '/v1/reports/:reportNo/explanation',
    owner: 'verification',
    access: [...read, 'department'],
    tag: 'reports',
    summary: { zh: '报告的逐项说明', en: 'How a report came about, figure by figure and finding by finding' },
    description: 'Explains from the data that the report was computed from, whatever the sources hold by now.',
    params: z.object({ reportNo: z.string() }),
    responses: { 200: reportExplanationSchema, 202: pendingReportSchema, ...problems(404, 409), ...always },
  },
  replayReport: {
    id: 'replayReport',
    method: 'POST',
    path: '/v1/reports/:reportNo/replay',
    owner: 'verification',
    access: read,
    tag: 'reports',
    summary: { zh: '回溯报告', en: 'Compute a report again from its own data, and ask what today’s data would say' },
    description:
      'Changes nothing: no report is made and no rate moves. `Prefer: wait=n` says how many seconds to wait for the answer ' +
      'from today’s data (default 5, at most 60).',
    params: z.object({ reportNo: z.string() }),
    query: replayQuerySchema,
    responses: { 200: replaySchema, ...problems(400, 404, 409), ...always },
  },
  getDetectionRates: {
    id: 'getDetectionRates',
    method: 'GET',
    path: '/v1/detection-rates',
    owner: 'reporting',
    access: ['auditor', 'operator', 'reviewer', 'administrator'],
    tag: 'rates',
    summary: { zh: '检出率', en: 'Detection rates with numerator, denominator and what was left out' },
    query: ratesQuerySchema,
    responses: { 200: ratesSchema, ...problems(400), ...always },
  },
} as const satisfies Record<string, RouteContract>;
export type RouteName = keyof typeof ROUTES;
