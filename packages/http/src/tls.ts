import { readFileSync } from 'node:fs';
import type { SecureContextOptions, TlsOptions } from 'node:tls';

/** Files in PEM form. */
export interface ServerTls {
  cert: string;
  key: string;
  /** The installation's own authority; with it a caller has to show a certificate of it. */
  clientCa?: string | undefined;
}

/** How this service recognises the ones that it calls, and shows itself to them. Files in PEM form. */
export interface ClientTls {
  /** Only certificates of this authority are believed. */
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
}

/** Suites of forward secrecy and authenticated encryption; those of TLS 1.3 need not be named. */
const CIPHERS = [
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

/** Options of a TLS server; throws at once when a file cannot be read. */
export function tlsServerOptions({ cert, key, clientCa }: ServerTls): TlsOptions {
  return {
    cert: readFileSync(cert),
    key: readFileSync(key),
    minVersion: 'TLSv1.2',
    ciphers: `TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:${CIPHERS}`,
    honorCipherOrder: true,
    ...(clientCa === undefined ? {} : { ca: readFileSync(clientCa), requestCert: true, rejectUnauthorized: true }),
  };
}

/** Options of a TLS client; throws at once when a file cannot be read. */
export function tlsClientOptions({ ca, cert, key }: ClientTls): SecureContextOptions {
  return {
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
    ...(cert === undefined ? {} : { cert: readFileSync(cert) }),
    ...(key === undefined ? {} : { key: readFileSync(key) }),
  };
}

/** The environment's names (`tlsSchema` of packages/config). */
export interface TlsConfig {
  HEDUI_TLS_CERT?: string | undefined;
  HEDUI_TLS_KEY?: string | undefined;
  HEDUI_TLS_CA?: string | undefined;
  HEDUI_TLS_CLIENTS?: 'any' | 'known' | undefined;
}

/** How a service listens: undefined for plain HTTP. */
export function serverTls(config: TlsConfig): ServerTls | undefined {
  const { HEDUI_TLS_CERT: cert, HEDUI_TLS_KEY: key, HEDUI_TLS_CA: ca } = config;
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new TypeError('HEDUI_TLS_CERT and HEDUI_TLS_KEY go together');
  if (config.HEDUI_TLS_CLIENTS === 'known' && ca === undefined) {
    throw new TypeError('HEDUI_TLS_CLIENTS=known needs HEDUI_TLS_CA');
  }
  return { cert, key, clientCa: config.HEDUI_TLS_CLIENTS === 'known' ? ca : undefined };
}

/** How a service calls others: with its own certificate, which it shows when it is asked for one. */
export function clientTls(config: TlsConfig): ClientTls {
  return { ca: config.HEDUI_TLS_CA, cert: config.HEDUI_TLS_CERT, key: config.HEDUI_TLS_KEY };
}
