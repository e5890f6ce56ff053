import { z } from 'zod';
import {
  POLICY_TYPES,
  policyAsOfQuerySchema,
  policyCheckSchema,
  policyComparisonSchema,
  policyWithQuerySchema,
} from '../policies.js';
import { policyListSchema, policySchema, policySummarySchema } from '../verification.js';
import type { RouteContract, StreamShape } from './contract.js';
import { always, idParams, page, problems, read } from './shapes.js';

const policyBody: StreamShape = { stream: POLICY_TYPES, description: 'the policy document, at most 1 MiB' };
const versionParams = z.object({ id: z.string(), version: z.coerce.number().int().min(1) });
const readPolicies = [...read, 'department', 'policy_maker', 'source_officer'] as const;

export const POLICY_ROUTES = {
  publishPolicy: {
    id: 'publishPolicy',
    method: 'POST',
    path: '/v1/policies',
    owner: 'verification',
    access: ['policy_maker', 'operator'],
    reach: 'nothing',
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
    reach: 'nothing',
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
    reach: 'nothing',
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
    reach: 'nothing',
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
    reach: 'nothing',
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
    reach: 'nothing',
    tag: 'policies',
    summary: { zh: '比较同一政策的两个版本', en: 'What changes from one version to another' },
    params: versionParams,
    query: policyWithQuerySchema,
    responses: { 200: policyComparisonSchema, ...problems(400, 404), ...always },
  },
} as const satisfies Record<string, RouteContract>;
