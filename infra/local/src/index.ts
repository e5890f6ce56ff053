export { homeAt } from './home.js';
export { AUDITED, auditKeyOf, ensureKeys, writeProfile } from './keys.js';
export { runStart } from './start.js';
