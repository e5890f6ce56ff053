import { checkout, prepare } from './prepare.mjs';

prepare();
const { runStart } = await import('./dist/index.js');
await runStart(process.argv.slice(2), process.env, checkout);
