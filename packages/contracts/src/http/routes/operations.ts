import {
  deadLettersPageSchema,
  deadLettersQuerySchema,
  deadLetterViewSchema,
  discardSchema,
  doctorSchema,
  serviceHealthQuerySchema,
  serviceHealthSchema,
} from '../operations.js';
import type { RouteContract } from './contract.js';
import { always, idParams, problems } from './shapes.js';

const letters = { owner: 'reporting', reach: 'nothing', tag: 'operations' } as const;
const act = {
  ...letters,
  method: 'POST',
  access: ['administrator'],
  params: idParams,
  idempotent: true,
  responses: { 200: deadLetterViewSchema, ...problems(400, 404, 409, 413, 415, 422), ...always },
} as const;

/** What could not be processed, and how the installation is. */
export const OPERATION_ROUTES = {
  listDeadLetters: {
    ...letters,
    id: 'listDeadLetters',
    method: 'GET',
    path: '/v1/dead-letters',
    access: ['administrator', 'operator'],
    summary: { zh: '死信列表', en: 'What could not be processed, newest first' },
    description: 'Where each comes from and why it was set aside; pseudonyms only, and nothing of what it holds.',
    query: deadLettersQuerySchema,
    responses: { 200: deadLettersPageSchema, ...problems(400), ...always },
  },
  getDeadLetter: {
    ...letters,
    id: 'getDeadLetter',
    method: 'GET',
    path: '/v1/dead-letters/:id',
    access: ['administrator', 'operator'],
    summary: { zh: '一条死信', en: 'One dead letter' },
    params: idParams,
    responses: { 200: deadLetterViewSchema, ...problems(404), ...always },
  },
  replayDeadLetter: {
    ...act,
    id: 'replayDeadLetter',
    path: '/v1/dead-letters/:id/replay',
    summary: { zh: '重新处理', en: 'Process it again as it is' },
    description:
      'What the ledger refused is given to it again, byte by byte; what others refused their origins publish again. 409 when it still cannot be ' +
      'processed, or its bytes are not whole.',
  },
  mendDeadLetter: {
    ...act,
    id: 'mendDeadLetter',
    path: '/v1/dead-letters/:id/mend',
    summary: { zh: '由来源重新生成', en: 'Let its origin make it anew' },
    description:
      'A chunk of households is asked about again, a slice is built again from the records, policies are published again. 409 when nobody can tell what it was.',
  },
  discardDeadLetter: {
    ...act,
    id: 'discardDeadLetter',
    path: '/v1/dead-letters/:id/discard',
    summary: { zh: '放弃', en: 'Give it up, with a reason' },
    description: 'Households that got no report because of it are counted as `dropped` in their batch.',
    body: discardSchema,
  },
  getServiceHealth: {
    id: 'getServiceHealth',
    method: 'GET',
    path: '/v1/doctor/service',
    owner: 'named',
    access: ['administrator'],
    reach: 'nothing',
    tag: 'operations',
    summary: { zh: '单个服务的检查', en: 'What one service finds when it checks itself' },
    query: serviceHealthQuerySchema,
    responses: { 200: serviceHealthSchema, ...problems(400, 404), ...always },
  },
  getDoctor: {
    id: 'getDoctor',
    method: 'GET',
    path: '/v1/doctor',
    owner: 'gateway',
    access: ['administrator'],
    reach: 'nothing',
    tag: 'operations',
    summary: { zh: '检查整个系统', en: 'Check the whole installation, and say what to do' },
    description: 'Every service checks itself; what they say is compared. It takes a few seconds and changes nothing.',
    responses: { 200: doctorSchema, ...always },
  },
} as const satisfies Record<string, RouteContract>;
