import { keyRotationsSchema } from '../keys.js';
import type { RouteContract } from './contract.js';
import { always } from './shapes.js';

export const KEY_ROUTES = {
  listKeyRotations: {
    id: 'listKeyRotations',
    method: 'GET',
    path: '/v1/keys/rotations',
    owner: 'verification',
    access: ['administrator'],
    reach: 'nothing',
    tag: 'keys',
    summary: { zh: '密钥轮换的进度', en: 'How far rotations of keys are' },
    description: 'Rotations of the pseudonym key and of the key ring, service by service. It holds no key.',
    responses: { 200: keyRotationsSchema, ...always },
  },
} as const satisfies Record<string, RouteContract>;
