export * from './as-reader.js';
export * from './bytea-array.js';
export * from './copy.js';
export * from './idempotency.js';
export * from './migrate.js';
export * from './pool.js';
export * from './reseal.js';
export { endSilentClients } from './silent-clients.js';
export * from './when-reachable.js';
