export { beginAll } from './begin-all.js';
export {
  type ApplyContext,
  consumeInTransaction,
  type Decoded,
  type Reset,
  type TransactionalConsumer,
} from './consumer-loop.js';
export { createEventLog, type EventLogConfig } from './create.js';
export { isTooLarge } from './dead-letter.js';
export * from './errors.js';
export { checkLag, checkOutbox } from './health.js';
export { enqueue, OUTBOX_SQL, type Relay, type RelayOptions, startRelay } from './outbox.js';
export * from './port.js';
export * from './positions.js';
export { watchLag, watchOutbox } from './sight.js';
