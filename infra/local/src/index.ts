export { homeAt } from './home.js';
export { AUDITED, auditKeyOf, ensureKeys } from './keys.js';
export { writeProfile } from './profile.js';
export { runStart } from './start.js';
