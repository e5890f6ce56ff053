import { connect } from 'node:net';
import { createLogger } from '@hedui/logging';
import { createCounter } from '@hedui/redis';
import type { FastifyInstance } from 'fastify';
import { buildApp, type GatewayDeps } from '../src/app.js';
import { createTokens, type FakeUpstream, startUpstream, type Tokens } from './upstreams.js';

const logger = createLogger('test', 'silent');

/** A gateway that listens, with one service that answers for all behind it. */
export interface Stand {
  app: FastifyInstance;
  base: URL;
  tokens: Tokens;
  /** Headers of a caller of every role. */
  authorization: string;
  behind: FakeUpstream;
  /** What each request brought that came in behind the gateway. */
  seen: { method: string; url: string; body: string }[];
  stop(): Promise<void>;
}

export async function startGateway(
  over: Partial<GatewayDeps> = {},
  roles: Parameters<Tokens['token']>[0] = ['operator'],
): Promise<Stand> {
  const seen: Stand['seen'] = [];
  const behind = await startUpstream((incoming, response) => {
    let body = '';
    incoming.on('data', (chunk) => {
      body += String(chunk);
    });
    incoming.on('end', () => {
      seen.push({ method: incoming.method ?? '', url: incoming.url ?? '', body });
      response.setHeader('content-type', 'application/json');
      response.end('{"items":[]}');
    });
  });
  const tokens = await createTokens();
  const app = await buildApp({
    logger,
    tokens: tokens.verifier,
    counter: createCounter(undefined, { logger }),
    upstreams: {
      sources: new Map([['tax', behind.origin]]),
      verification: behind.origin,
      reporting: behind.origin,
      identity: null,
    },
    loginRateLimit: 600,
    ...over,
  });
  const base = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  return {
    app,
    base,
    tokens,
    authorization: `Bearer ${await tokens.token(roles)}`,
    behind,
    seen,
    async stop() {
      await app.close();
      await behind.stop();
      tokens.remove();
    },
  };
}

/** Everything that a connection says to these bytes until it ends it, or until it has been silent for `silenceMs`. */
export function speak(
  base: URL,
  bytes: string | Buffer,
  silenceMs = 400,
): Promise<{ text: string; statuses: number[]; closed: boolean }> {
  return new Promise((resolve) => {
    let text = '';
    let closed = false;
    const socket = connect(Number(base.port), base.hostname);
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
      resolve({ text, statuses, closed });
    };
    let timer = setTimeout(end, silenceMs * 5);
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      clearTimeout(timer);
      timer = setTimeout(end, silenceMs);
    });
    socket.on('end', () => {
      closed = true;
      end();
    });
    socket.on('error', () => {
      closed = true;
      end();
    });
  });
}
