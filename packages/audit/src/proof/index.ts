export * from './canonical.js';
export * from './checkpoint.js';
export * from './growing-tree.js';
export * from './merkle.js';
export * from './receipt.js';
export * from './records.js';
export * from './verify-export.js';
