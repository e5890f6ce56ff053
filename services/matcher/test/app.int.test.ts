import { HeduiError } from '@hedui/errors';
import { createLogger } from '@hedui/logging';
import { eventually, type TestDatabase, testDatabase } from '@hedui/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../src/app.js';

let database: TestDatabase;
let logDatabase: TestDatabase;
let app: FastifyInstance;

beforeAll(async () => {
  database = await testDatabase('matcher');
  logDatabase = await testDatabase('log');
  app = await buildApp(
    {
      HEDUI_SERVICE: 'matcher',
      HEDUI_HOST: '127.0.0.1',
      HEDUI_PORT: 0,
      LOG_LEVEL: 'silent',
      HEDUI_TOKEN_JWKS: 'none',
      HEDUI_TLS_CLIENTS: 'any',
      DATABASE_URL: database.url,
      DATABASE_POOL: 8,
      DATABASE_ANSWER_SECONDS: 130,
      HEDUI_LOG: 'postgres',
      EVENT_LOG_URL: logDatabase.url,
      MATCHER_POLICY_WAIT_MS: 1,
      MATCHER_LOAD_WAIT_MS: 1,
      MATCHER_REBUILD_WAIT_MS: 1,
      MATCHER_RESIDENT_PROFILES_MB: 4,
      MATCHER_POLL_MS: 1,
    },
    {
      logger: createLogger('test', 'silent'),
      tokens: { verify: () => Promise.reject(new HeduiError('TOKEN_INVALID')) },
    },
  );
});
afterAll(async () => {
  await app.close();
  await database.drop();
  await logDatabase.drop();
});

it('is alive at once, ready when its parts are, and offers nothing else', async () => {
  expect((await app.inject({ url: '/live' })).statusCode).toBe(200);
  const ready = await eventually(async () => {
    const response = await app.inject({ url: '/ready' });
    return response.statusCode === 200 ? response : null;
  });
  expect(ready.json()).toMatchObject({ parts: { database: true, eventLog: true, consumers: true } });
  expect([401, 404]).toContain((await app.inject({ url: '/v1/detection-rates' })).statusCode);
});
