export { createEventLog, type EventLogConfig } from './create.js';
export * from './errors.js';
export * from './port.js';
export * from './positions.js';
