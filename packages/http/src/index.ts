export type { Caller } from '@hedui/contracts';
export { callerOf, type RouteAccess } from './access.js';
export type { Answer } from './answers.js';
export { type AppContext, type AppOptions, createApp } from './app.js';
export type { AnsweredCall, AuditCall } from './audit.js';
export { type BodyWatch, type Pace, takeBody } from './body.js';
export { type Ask, type Client, createClient } from './client.js';
export { decodeCursor, encodeCursor } from './cursor.js';
export { type Documents, serveDocuments } from './documentation.js';
export { addHealthRoute, type Findings, type Look } from './health.js';
export {
  createMemoryIdempotencyStore,
  type IdempotencyEntry,
  type IdempotencyState,
  type IdempotencyStore,
  type StoredAnswer,
  type WorkTransaction,
} from './idempotency.js';
export { type ListenOptions, listen } from './listen.js';
export { problemOf, sendProblem } from './problems.js';
export { correlationIdOf, mediaType, newId } from './request-headers.js';
export {
  type Call,
  checkContentType,
  clientGone,
  defineRoute,
  type Handler,
  routeSettings,
  withRawBody,
} from './route.js';
export { MAX_HEADER_BYTES, MAX_QUERY_PARAMETERS, MAX_URL } from './server-limits.js';
export { type ClientTls, clientTls, type ServerTls, serverTls, tlsClientOptions } from './tls.js';
export { TOKEN_AUDIENCE, type TokenTrust } from './token-keys.js';
export { createTokenVerifier, type TokenConfig, type TokenVerifier, tokenVerifierOf } from './tokens.js';
export { inputErrors } from './validation.js';
