export * from './grants.js';
export * from './key-ring.js';
export * from './keys.js';
export * from './named-text.js';
export * from './pseudonyms.js';
export * from './sealed-text.js';
export * from './sealing.js';
export * from './watched-keys.js';
