/** Exits 0 when the service of this container is ready, else 1: over TLS, with its own certificate, where it has one. */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const { HEDUI_TLS_CERT: cert, HEDUI_TLS_KEY: key, HEDUI_TLS_CA: ca } = process.env;
const tls =
  cert && key ? { cert: readFileSync(cert), key: readFileSync(key), ...(ca ? { ca: readFileSync(ca) } : {}) } : null;
const asked = (tls ? https : http).get({ host: '127.0.0.1', port: 8080, path: '/ready', ...tls }, (answer) =>
  process.exit(answer.statusCode === 200 ? 0 : 1),
);
asked.on('error', () => process.exit(1));
