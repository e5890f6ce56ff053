export * from './columns.js';
export * from './explanations.js';
export * from './media.js';
export * from './rejects.js';
export * from './row-rules.js';
export * from './table.js';
export * from './template.js';
