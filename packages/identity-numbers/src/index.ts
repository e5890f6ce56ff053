export * from './credit-code.js';
export * from './identity.js';
export * from './masking.js';
export * from './names.js';
export * from './regions.js';
export * from './resident-number.js';
