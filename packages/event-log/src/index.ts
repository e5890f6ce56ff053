export * from './port.js';
export * from './positions.js';
