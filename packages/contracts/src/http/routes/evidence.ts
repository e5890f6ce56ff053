import { z } from 'zod';
import {
  erasureRequestSchema,
  erasureSchema,
  evidenceSchema,
  retentionQuerySchema,
  retentionSchema,
  sourceRecordSchema,
} from '../evidence.js';
import type { RouteContract } from './contract.js';
import { always, idParams, problems } from './shapes.js';

/** The records behind findings, and the end of what is kept. */
export const EVIDENCE_ROUTES = {
  getFindingEvidence: {
    id: 'getFindingEvidence',
    method: 'GET',
    path: '/v1/reports/:reportNo/findings/:finding/evidence',
    owner: 'verification',
    access: ['operator', 'reviewer', 'auditor'],
    reach: 'households',
    tag: 'reports',
    summary: { zh: '查看核对发现所依据的记录', en: 'The record behind a finding' },
    description:
      'Read from its source by its id, as the report had it. `finding` counts the report’s findings from 1; one that rests on no single record gives 404. ' +
      'Every look is recorded, here and in the source, before the answer leaves.',
    params: z.object({ reportNo: z.string(), finding: z.string() }),
    query: z.object({
      unmasked: z.enum(['true', 'false']).optional().describe('true: while an unmasking is granted'),
    }),
    responses: { 200: evidenceSchema, ...problems(400, 404, 409, 410), ...always },
  },
  askErasure: {
    id: 'askErasure',
    method: 'POST',
    path: '/v1/reports/:reportNo/erasure',
    owner: 'verification',
    access: ['reviewer'],
    reach: 'households',
    tag: 'reports',
    summary: { zh: '申请删除一户的资料', en: 'Ask that a household be erased' },
    description:
      '202: another reviewer has to agree. 201 at once for a token of an installation for trying, which stands for two. Erased, the report gives 410 for good.',
    params: z.object({ reportNo: z.string() }),
    body: erasureRequestSchema,
    idempotent: true,
    responses: { 201: erasureSchema, 202: erasureSchema, ...problems(400, 404, 409, 410, 413, 415, 422), ...always },
  },
  agreeErasure: {
    id: 'agreeErasure',
    method: 'POST',
    path: '/v1/erasures/:id/approval',
    owner: 'verification',
    access: ['reviewer'],
    reach: 'households',
    tag: 'reports',
    summary: { zh: '同意删除', en: 'Agree to an erasure that somebody else asked for' },
    params: idParams,
    idempotent: true,
    responses: { 200: erasureSchema, ...problems(404, 409, 410, 422), ...always },
  },
  runRetention: {
    id: 'runRetention',
    method: 'POST',
    path: '/v1/retention',
    owner: 'verification',
    access: ['administrator'],
    reach: 'nothing',
    tag: 'reports',
    summary: { zh: '按保存期限删除资料', en: 'Erase what has been kept long enough' },
    description: 'Done by itself every day. Counts only, unless `dryRun=false`. Names nobody.',
    query: retentionQuerySchema,
    responses: { 200: retentionSchema, ...problems(400), ...always },
  },
} as const satisfies Record<string, RouteContract>;

/**
 * Calls between services, which the gateway does not pass on and the documents do not show. The token is that of the person who asked;
 * the header `hedui-grant` says that verification found them entitled to this record.
 */
export const INTERNAL_ROUTES = {
  readSourceRecord: {
    id: 'readSourceRecord',
    method: 'POST',
    path: '/internal/record',
    owner: 'source',
    access: ['operator', 'reviewer', 'auditor'],
    reach: 'nothing',
    tag: 'sources',
    summary: { zh: '读取一条记录', en: 'One record, for the holder of a grant' },
    headers: z.object({ 'hedui-grant': z.string().max(4096) }),
    responses: { 200: sourceRecordSchema, ...problems(404), ...always },
  },
} as const satisfies Record<string, RouteContract>;
