import { z } from 'zod';
import { unmaskingListSchema, unmaskingRequestSchema, unmaskingSchema } from '../unmasking.js';
import type { RouteContract } from './contract.js';
import { always, idParams, problems } from './shapes.js';

const atDesk = {
  owner: 'verification',
  access: ['operator', 'reviewer'],
  reach: 'households',
  tag: 'reports',
} as const;

/** Who stands behind a report: asked by one person, granted by another, for a while. */
export const UNMASKING_ROUTES = {
  askUnmasking: {
    ...atDesk,
    id: 'askUnmasking',
    method: 'POST',
    path: '/v1/reports/:reportNo/unmasking',
    summary: { zh: '申请查看报告中的姓名与证件号码', en: 'Ask to see a report with names and document numbers' },
    description:
      '202: another person has to grant it. Then, for an hour (a setting), whoever asked reads the report with `unmasked=true`. 201 at once for a token ' +
      'of an installation for trying, which stands for two.',
    params: z.object({ reportNo: z.string() }),
    body: unmaskingRequestSchema,
    idempotent: true,
    responses: {
      201: unmaskingSchema,
      202: unmaskingSchema,
      ...problems(400, 404, 409, 410, 413, 415, 422),
      ...always,
    },
  },
  grantUnmasking: {
    ...atDesk,
    id: 'grantUnmasking',
    method: 'POST',
    path: '/v1/unmaskings/:id/approval',
    summary: { zh: '同意查看', en: 'Grant an unmasking that somebody else asked for' },
    params: idParams,
    idempotent: true,
    responses: { 200: unmaskingSchema, ...problems(400, 404, 409, 422), ...always },
  },
  listUnmaskings: {
    ...atDesk,
    id: 'listUnmaskings',
    method: 'GET',
    path: '/v1/unmaskings',
    access: ['operator', 'reviewer', 'auditor'],
    summary: { zh: '查看申请', en: 'Unmaskings of the last days, newest first' },
    responses: { 200: unmaskingListSchema, ...always },
  },
} as const satisfies Record<string, RouteContract>;
