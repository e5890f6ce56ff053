import type { DeadLetterView, Doctor, HealthCheck, ServiceHealth } from '../http/operations.js';

const letter: DeadLetterView = {
  id: 'D-5f0c9a1b2c3d4e5f',
  topic: 'hedui.verification.requests',
  partition: 3,
  offset: '118',
  consumer: 'matcher.requests',
  reason: 'POLICY_UNKNOWN',
  about: { kind: 'chunk', chunkId: '019a1f70-11aa-7b20-9c01-4cb1d5e6f700', place: null },
  eventType: 'verification.requested',
  correlationId: '019a1f6e-3bff-7001-8aaa-5b1f3a9e2d00',
  size: 61230,
  at: '2026-11-23T02:00:00.000Z',
  times: 1,
  state: 'open',
  replayable: false,
  mendable: true,
  decidedBy: null,
  decidedAt: null,
  decision: null,
};
const decided = { decidedBy: 'administrator-1', decidedAt: '2026-11-23T02:10:00.000Z' };
const mended: DeadLetterView = { ...letter, ...decided, state: 'mended' };
const discarded: DeadLetterView = {
  ...letter,
  ...decided,
  state: 'discarded',
  decision: { reason: 'obsolete', reference: 'T-18' },
};
const check: HealthCheck = {
  check: 'OUTBOX',
  state: 'warning',
  seen: { zh: '12 条待发，最早 95 秒', en: '12 messages wait, the oldest for 95 s' },
  todo: { zh: '检查事件日志是否可用', en: 'See whether the event log can be reached' },
};
const health: ServiceHealth = {
  service: 'verification',
  now: '2026-11-23T02:00:00.000Z',
  checks: [check],
  facts: { reports: 100000 },
};
const doctor: Doctor = {
  state: 'warning',
  at: '2026-11-23T02:00:00.000Z',
  items: [{ service: 'verification', ...check }],
};
const params = { id: letter.id };

export const OPERATION_EXAMPLES = {
  listDeadLetters: { query: { state: 'open' }, status: 200, answer: { items: [letter], next: null } },
  getDeadLetter: { params, status: 200, answer: letter },
  replayDeadLetter: { params, status: 200, answer: { ...letter, ...decided, state: 'replayed' as const } },
  mendDeadLetter: { params, status: 200, answer: mended },
  discardDeadLetter: {
    params,
    body: { reason: 'obsolete', reference: 'T-18' },
    status: 200,
    answer: discarded,
  },
  getServiceHealth: { query: { service: 'verification' }, status: 200, answer: health },
  getDoctor: { status: 200, answer: doctor },
};
