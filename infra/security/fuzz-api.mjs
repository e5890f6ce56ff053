/**
 * Asks a running installation what its OpenAPI document allows, and what it does not, with Schemathesis: nothing may answer with 5xx, with
 * a status or a content that the document does not name, or to a caller who may not ask. See infra/security/README.md.
 *
 *   npm run fuzz:api -- [--url URL] [--profile FILE] [--examples N] [--seed N]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const VERSION = '4.32.5';
const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    profile: {
      type: 'string',
      default: path.join(process.env.HEDUI_HOME || path.join(root, '.hedui'), 'profile.json'),
    },
    examples: { type: 'string', default: '30' },
    seed: { type: 'string', default: '20261123' },
  },
});

function stop(text) {
  process.stderr.write(`${text}\n`);
  process.exit(2);
}

function python() {
  for (const name of ['python3', 'python']) {
    const { status } = spawnSync(name, ['-c', 'import sys, venv; sys.exit(sys.version_info < (3, 10))']);
    if (status === 0) return name;
  }
  return stop('fuzz:api needs Python 3.10 or newer with venv and pip, which fetches Schemathesis; none is here.');
}

/** The program, installed into .cache at the first run. */
function schemathesis() {
  const folder = path.join(root, '.cache', `schemathesis-${VERSION}`);
  const program = path.join(folder, 'bin', 'schemathesis');
  if (existsSync(program)) return program;
  mkdirSync(path.dirname(folder), { recursive: true });
  try {
    execFileSync(python(), ['-m', 'venv', folder], { stdio: 'inherit' });
    execFileSync(path.join(folder, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${VERSION}`], {
      stdio: 'inherit',
    });
  } catch {
    stop(
      `Schemathesis ${VERSION} could not be installed: is there a way to the package index? (${folder} may be removed)`,
    );
  }
  return program;
}

if (!existsSync(values.profile)) stop(`${values.profile} is missing: start an installation first (npm start).`);
const profile = JSON.parse(readFileSync(values.profile, 'utf8'));
const url = values.url ?? profile.url;
const program = schemathesis();
const reports = path.join(root, '.cache', 'fuzz-api');
const common = [
  '--max-examples',
  values.examples,
  '--seed',
  values.seed,
  '--request-timeout',
  '90',
  '--no-color',
  '--no-shrink',
];

/** One run of all operations as one caller. */
function run(name, token, checks, phases) {
  process.stdout.write(`\n== ${name}\n`);
  const { status } = spawnSync(
    program,
    [
      'run',
      `${url}/openapi.json`,
      '--header',
      `Authorization: Bearer ${token}`,
      '--checks',
      checks.join(','),
      '--phases',
      phases,
      '--report',
      'junit',
      '--report-junit-path',
      path.join(reports, `${name}.xml`),
      ...common,
    ],
    {
      stdio: 'inherit',
      cwd: here,
      env: {
        ...process.env,
        SCHEMATHESIS_HOOKS: 'fuzz_hooks',
        PYTHONPATH: here,
        PYTHONDONTWRITEBYTECODE: '1',
        HEDUI_ROLE: name,
      },
    },
  );
  return status === 0;
}

const CONFORMS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'ignored_auth',
];
const outcomes = [['everybody', run('everybody', profile.token, CONFORMS, 'examples,coverage,fuzzing')]];
for (const [role, token] of Object.entries(profile.roles)) {
  const checks = ['not_a_server_error', 'status_code_conformance', 'wrong_caller'];
  outcomes.push([role, run(role, token, checks, 'examples,fuzzing')]);
}
outcomes.push([
  'a role that nobody has',
  run('nobody', `${profile.token.slice(0, -6)}AAAAAA`, ['not_a_server_error', 'wrong_caller'], 'examples,fuzzing'),
]);
process.stdout.write(`\n${outcomes.map(([name, good]) => `${good ? 'held ' : 'BROKEN'} ${name}`).join('\n')}\n`);
process.exit(outcomes.every(([, good]) => good) ? 0 : 1);
