export * from './keys.js';
export * from './pseudonyms.js';
export * from './sealing.js';
