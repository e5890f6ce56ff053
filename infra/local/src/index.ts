export { homeAt } from './home.js';
export { ensureKeys, writeProfile } from './keys.js';
export { runStart } from './start.js';
