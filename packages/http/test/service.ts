import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { type Caller, PURPOSES, type Role } from '@hedui/contracts';
import { createLogger } from '@hedui/logging';
import type { FastifyInstance } from 'fastify';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type AppOptions, createApp, createMemoryIdempotencyStore, createTokenVerifier } from '../src/index.js';

export interface TokenOptions {
  subject?: string;
  expires?: string;
  audience?: string;
  issuer?: string;
  /** Instead of everything: regions, purposes, sources, department. */
  claims?: Partial<Omit<Caller, 'subject' | 'roles'>>;
}

/** Issues tokens as an installation does, with a key made for the test. */
export interface Issuer {
  jwksFile: string;
  token(roles: readonly Role[], over?: TokenOptions): Promise<string>;
  /** Replaces the key: the file holds only the new one from now on. */
  rotate(): Promise<void>;
  remove(): void;
}

export async function createIssuer(): Promise<Issuer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'hedui-http-'));
  const jwksFile = path.join(folder, 'jwks.json');
  let signing: CryptoKey | undefined;
  let kid = 0;
  const rotate = async () => {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    signing = privateKey;
    kid++;
    writeFileSync(jwksFile, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: String(kid) }] }));
  };
  await rotate();
  return {
    jwksFile,
    rotate,
    async token(roles, over = {}) {
      if (!signing) throw new Error('there is no key yet');
      return new SignJWT({ roles, regions: ['000000'], purposes: PURPOSES, sources: ['*'], ...over.claims })
        .setProtectedHeader({ alg: 'EdDSA', kid: String(kid) })
        .setSubject(over.subject ?? 'somebody')
        .setAudience(over.audience ?? 'hedui')
        .setExpirationTime(over.expires ?? '5m')
        .setIssuer(over.issuer ?? 'test')
        .sign(signing);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What was logged, as parsed lines. */
export function logSink(): { lines: Record<string, unknown>[]; stream: Writable } {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().split('\n').filter(Boolean)) lines.push(JSON.parse(line));
      done();
    },
  });
  return { lines, stream };
}

export interface TestService {
  app: FastifyInstance;
  issuer: Issuer;
  log: Record<string, unknown>[];
  close(): Promise<void>;
}

/** An app with real tokens and an idempotency store in memory; routes are added by the test. */
export async function createService(over: Partial<AppOptions> = {}): Promise<TestService> {
  const issuer = await createIssuer();
  const { lines, stream } = logSink();
  const app = await createApp({
    service: 'test',
    logger: createLogger('test', 'info', stream),
    tokens: createTokenVerifier({ jwksFile: issuer.jwksFile }),
    ready: async () => ({ database: true }),
    idempotency: createMemoryIdempotencyStore(),
    checkAnswers: true,
    ...over,
  });
  return {
    app,
    issuer,
    log: lines,
    async close() {
      await app.close();
      issuer.remove();
    },
  };
}
