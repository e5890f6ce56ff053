export * from './client.js';
export * from './console.js';
export * from './files.js';
export * from './follow.js';
export { run } from './main.js';
export { type Patience, patienceOf } from './patience.js';
export * from './profile.js';
export { ratesTable } from './rates-table.js';
