import { ratesQuerySchema, ratesSchema } from '../rates.js';
import type { RouteContract } from './contract.js';
import { always, problems } from './shapes.js';

export const RATE_ROUTES = {
  getDetectionRates: {
    id: 'getDetectionRates',
    method: 'GET',
    path: '/v1/detection-rates',
    owner: 'reporting',
    access: ['auditor', 'operator', 'reviewer'],
    reach: 'region',
    tag: 'rates',
    summary: { zh: '检出率', en: 'Detection rates with numerator, denominator and what was left out' },
    query: ratesQuerySchema,
    responses: { 200: ratesSchema, ...problems(400), ...always },
  },
} as const satisfies Record<string, RouteContract>;
