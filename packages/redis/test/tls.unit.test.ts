import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:tls';
import { createLogger } from '@hedui/logging';
import { eventually, type TestAuthority, testAuthority } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectionTo, redisAddress } from '../src/fan-out.js';
import { createCounter } from '../src/index.js';

let authority: TestAuthority;
let other: TestAuthority;
let server: Server;
let port: number;
const heard: string[] = [];

beforeAll(async () => {
  [authority, other] = await Promise.all([testAuthority(), testAuthority()]);
  const { cert, key } = await authority.issue('redis');
  server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (socket) => {
    socket.on('data', (bytes) => heard.push(bytes.toString('utf8')));
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
});
afterAll(async () => {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  authority.remove();
  other.remove();
});

const urlOf = (ca: string) => `rediss://hedui:a-password@127.0.0.1:${port}?sslrootcert=${encodeURIComponent(ca)}`;

describe('rediss', () => {
  it('logs in over TLS, believing the authority of the address alone', async () => {
    const redis = connectionTo(urlOf(authority.ca));
    redis.on('error', () => undefined);
    redis.connect().catch(() => undefined);
    await eventually(() => heard.some((bytes) => /hello|auth/i.test(bytes) && bytes.includes('a-password')));
    redis.disconnect();
  });

  it('says nothing to a server of another authority, and counting goes on here', async () => {
    heard.length = 0;
    const lines: string[] = [];
    const counter = createCounter(urlOf(other.ca), {
      logger: createLogger('test', 'warn', { write: (line: string) => void lines.push(line) }),
    });
    await eventually(() => lines.length > 0);
    expect(await counter.add('k', 1_000)).toMatchObject({ count: 1 });
    expect(heard).toEqual([]);
    expect(lines.join('')).not.toContain('a-password');
    await counter.close();
  });

  it('takes any other address as it stands', () => {
    expect(redisAddress('redis://127.0.0.1:6379')).toEqual({ url: 'redis://127.0.0.1:6379' });
    expect(redisAddress(urlOf(authority.ca)).url).toBe(`rediss://hedui:a-password@127.0.0.1:${port}`);
  });
});
