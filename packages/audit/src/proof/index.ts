export * from './canonical.js';
export * from './merkle.js';
