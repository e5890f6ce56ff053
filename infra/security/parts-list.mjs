/**
 * Writes the list of parts (CycloneDX 1.6, JSON) of what runs in production: npm run parts-list -- [FILE] (default parts.cdx.json). It is
 * read from the lock file, so it needs no network.
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const program = path.join(root, 'node_modules/@cyclonedx/cyclonedx-npm/bin/cyclonedx-npm-cli.js');
const file = path.resolve(process.argv[2] ?? 'parts.cdx.json');

execFileSync(
  process.execPath,
  [
    program,
    '--package-lock-only',
    '--omit',
    'dev',
    '--output-reproducible',
    '--spec-version',
    '1.6',
    '--mc-type',
    'application',
    '--output-file',
    file,
    path.join(root, 'package.json'),
  ],
  { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
);
process.stdout.write(`${file}\n`);
