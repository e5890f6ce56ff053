/** `npm run bench -- …`: compiles what it needs, then runs the bench; README.md says what it can do. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { checkout, prepare } from '../../infra/local/prepare.mjs';

prepare();
const compiler = path.join(checkout, 'node_modules/typescript/bin/tsc');
const compiled = spawnSync(process.execPath, [compiler, '-b', 'tests/bench'], { cwd: checkout, encoding: 'utf8' });
if (compiled.status !== 0) {
  process.stderr.write(`${compiled.stdout}${compiled.stderr}`);
  process.exit(1);
}
const { main } = await import('./dist/main.js');
process.exitCode = await main(process.argv.slice(2));
