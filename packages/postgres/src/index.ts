export * from './copy.js';
export * from './idempotency.js';
export * from './migrate.js';
export * from './pool.js';
export * from './when-reachable.js';
