export * from './columns.js';
export * from './rejects.js';
export * from './row-rules.js';
export * from './table.js';
