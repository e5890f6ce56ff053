import { z } from 'zod';
import { replayQuerySchema, replaySchema, reportExplanationSchema } from '../replay.js';
import { reportQuerySchema } from '../unmasking.js';
import { pendingReportSchema, reportSchema, verificationRequestSchema } from '../verification.js';
import type { RouteContract } from './contract.js';
import { always, problems, read } from './shapes.js';

const documentQuerySchema = z.object({
  kind: z.enum(['report', 'letter']).optional().describe('default report'),
  format: z.enum(['pdf', 'html']).optional().describe('default pdf'),
  language: z.enum(['zh', 'en', 'both']).optional().describe('default both: Chinese first, English beside it'),
});

export const REPORT_ROUTES = {
  createVerification: {
    id: 'createVerification',
    method: 'POST',
    path: '/v1/verifications',
    owner: 'verification',
    access: ['operator', 'department'],
    reach: 'households',
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
    access: read,
    reach: 'households',
    tag: 'reports',
    summary: { zh: '读取核对报告', en: 'One report' },
    description:
      'Names and document numbers are masked. `unmasked=true` shows them to whoever has a granted unmasking of this report.',
    params: z.object({ reportNo: z.string() }),
    query: reportQuerySchema,
    responses: { 200: reportSchema, 202: pendingReportSchema, ...problems(404, 409, 410), ...always },
  },
  getReportExplanation: {
    id: 'getReportExplanation',
    method: 'GET',
    path: '/v1/reports/:reportNo/explanation',
    owner: 'verification',
    access: read,
    reach: 'households',
    tag: 'reports',
    summary: { zh: '报告的逐项说明', en: 'How a report came about, figure by figure and finding by finding' },
    description: 'Explains from the data that the report was computed from, whatever the sources hold by now.',
    params: z.object({ reportNo: z.string() }),
    responses: { 200: reportExplanationSchema, 202: pendingReportSchema, ...problems(404, 409, 410), ...always },
  },
  getReportDocument: {
    id: 'getReportDocument',
    method: 'GET',
    path: '/v1/reports/:reportNo/document',
    owner: 'verification',
    access: read,
    reach: 'households',
    tag: 'reports',
    summary: { zh: '报告文书或告知书', en: 'The report as a document, or a letter to the citizen' },
    description: 'A4, everything masked as in the report. Each PDF of a report counts as a print.',
    params: z.object({ reportNo: z.string() }),
    query: documentQuerySchema,
    responses: {
      200: { stream: ['application/pdf', 'text/html'], description: 'the document' },
      202: pendingReportSchema,
      ...problems(400, 404, 409, 410),
      ...always,
    },
  },
  replayReport: {
    id: 'replayReport',
    method: 'POST',
    path: '/v1/reports/:reportNo/replay',
    owner: 'verification',
    access: ['operator', 'reviewer', 'auditor'],
    reach: 'households',
    inspects: true,
    tag: 'reports',
    summary: { zh: '回溯报告', en: 'Compute a report again from its own data, and ask what today’s data would say' },
    description:
      'Changes nothing: no report is made and no rate moves. `Prefer: wait=n` says how many seconds to wait for the answer ' +
      'from today’s data (default 5, at most 60).',
    params: z.object({ reportNo: z.string() }),
    query: replayQuerySchema,
    responses: { 200: replaySchema, ...problems(400, 404, 409, 410), ...always },
  },
} as const satisfies Record<string, RouteContract>;
