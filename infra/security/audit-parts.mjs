/** Asks the registry what is known against the parts: npm run audit:parts. Needs the network; infra/security/README.md tells of exceptions. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { judge } from './advisories.mjs';

const exceptions = JSON.parse(readFileSync(new URL('exceptions.json', import.meta.url), 'utf8'));
const npm = process.env.npm_execpath;
const [command, ...before] = npm ? [process.execPath, npm] : ['npm'];
const { stdout, error } = spawnSync(command, [...before, 'audit', '--json', '--omit=dev'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
let audit;
try {
  audit = JSON.parse(stdout);
} catch {
  audit = { error: { summary: error?.message ?? 'npm audit said nothing' } };
}
if (audit.error || audit.message) {
  process.stderr.write(`the registry did not answer: ${audit.error?.summary || audit.message}\n`);
  process.exit(2);
}
const { known, problems } = judge(audit, exceptions, new Date().toISOString().slice(0, 10));
process.stdout.write(`${known} known, ${exceptions.length} accepted, ${problems.length} to be looked at\n`);
for (const problem of problems) process.stdout.write(`  ${problem}\n`);
process.exit(problems.length > 0 ? 1 : 0);
