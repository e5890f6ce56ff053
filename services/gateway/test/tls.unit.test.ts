import { readFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { type ConnectionOptions, connect } from 'node:tls';
import { createApp } from '@hedui/http';
import { createLogger } from '@hedui/logging';
import { type TestAuthority, type TestCertificate, testAuthority } from '@hedui/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { type Stand, startGateway } from './gateway.js';

const logger = createLogger('test', 'silent');
let authority: TestAuthority;
let own: TestCertificate;
let stand: Stand | null = null;
let service: FastifyInstance | null = null;
beforeAll(async () => {
  authority = await testAuthority();
  own = await authority.issue('gateway');
});
afterEach(async () => {
  await stand?.stop();
  await service?.close();
  stand = service = null;
});
afterAll(() => authority.remove());

/** The address as callers use it: the framework names it without knowing of certificates. */
const encrypted = (origin: string) => origin.replace(/^http:/, 'https:');

/** A service of the mesh that speaks TLS, and wants to see the certificate of who calls when `known`. */
async function startService(known: boolean): Promise<string> {
  const { cert, key } = await authority.issue('verification');
  service = await createApp({
    service: 'verification',
    logger,
    tokens: { verify: async () => Promise.reject(new Error('nobody asks')) },
    ready: async () => ({ database: true }),
    tls: { cert, key, clientCa: known ? authority.ca : undefined },
  });
  service.get('/v1/batches', { config: { access: 'open', reach: 'nothing' } }, () => ({ items: [] }));
  return encrypted(await service.listen({ host: '127.0.0.1', port: 0 }));
}

async function startBefore(origin: string, upstreamTls: { ca?: string; cert?: string; key?: string }): Promise<Stand> {
  stand = await startGateway({
    upstreams: { sources: new Map(), verification: origin, reporting: origin, identity: null },
    upstreamTls,
    tls: own,
  });
  return stand;
}

function ask(base: URL, path: string, headers: Record<string, string>, options: ConnectionOptions = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown> }>((resolve, reject) => {
    const sent = request(
      new URL(path, encrypted(base.origin)),
      { headers, ca: readFileSync(authority.ca), agent: false, ...options },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers }));
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

describe('with certificates', () => {
  it('both ways are encrypted, the service knows the gateway, and browsers are told to keep to https', async () => {
    const origin = await startService(true);
    const { base, authorization } = await startBefore(origin, { ca: authority.ca, cert: own.cert, key: own.key });
    const answer = await ask(base, '/v1/batches', { authorization });
    expect(answer.status).toBe(200);
    expect(answer.headers['strict-transport-security']).toContain('max-age=');
    expect((await ask(base, '/ready', {})).status).toBe(200);
  });

  it('a caller without a certificate does not reach a service that wants one', async () => {
    const { base, authorization } = await startBefore(await startService(true), { ca: authority.ca });
    expect((await ask(base, '/v1/batches', { authorization })).status).toBe(503);
  });

  it('a service of another authority is none', async () => {
    const origin = await startService(false);
    const other = await testAuthority();
    const { base, authorization } = await startBefore(origin, { ca: other.ca });
    expect((await ask(base, '/v1/batches', { authorization })).status).toBe(503);
    other.remove();
  });

  it('nothing is said in clear, and nothing older than TLS 1.2', async () => {
    const { base } = await startBefore(await startService(false), { ca: authority.ca });
    const inClear = new Promise((resolve, reject) => {
      plainRequest({ host: base.hostname, port: base.port, path: '/live' }, resolve).on('error', reject).end();
    });
    await expect(inClear).rejects.toThrow();
    await expect(ask(base, '/live', {}, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })).rejects.toThrow();
    const protocol = await new Promise<string | null>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: Number(base.port), ca: readFileSync(authority.ca) }, () => {
        resolve(socket.getProtocol());
        socket.destroy();
      });
      socket.on('error', reject);
    });
    expect(protocol).toBe('TLSv1.3');
  });
});
