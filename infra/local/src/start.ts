import path from 'node:path';
import { ROLES } from '@hedui/contracts';
import { PartUnavailable } from '@hedui/local-parts';
import { homeAt } from './home.js';
import { createLines, type Lines } from './lines.js';
import { createMesh, type Mesh, Stopped } from './mesh-start.js';
import { readOptions, type StartOptions, USAGE, UsageError } from './options.js';
import { TRIAL_CLIENT, TRIAL_USERS } from './trial-logins.js';

/** npm and the terminal both pass a Ctrl-C on: only one that comes later than this is a second one. */
const SECOND_AFTER_MS = 1_000;

function describeFailure(error: unknown): string {
  if (error instanceof PartUnavailable)
    return `\ncannot start ${error.part}: ${error.message}\n  what to do: ${error.remedy}`;
  if (error instanceof Error) return `\ncannot start: ${error.stack ?? error.message}`;
  return `\ncannot start: ${error}`;
}

/** Stops the mesh when told to: by Ctrl-C or SIGTERM, a second time at once; and when the npm that started it is killed. */
function stopWhenTold(mesh: Mesh, out: Lines): void {
  let since = 0;
  const told = () => {
    if (since) {
      if (Date.now() - since < SECOND_AFTER_MS) return;
      mesh.kill();
      process.exit(130);
    }
    since = Date.now();
    out.say('\nstopping (once more: at once)');
    mesh.stop().then(
      () => {
        out.say('stopped');
        process.exit(0);
      },
      (error) => {
        out.say(`stopping failed: ${error}`);
        mesh.kill();
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, told);
  // A terminal or supervisor may be gone while we still print to it.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event) {
    setInterval(() => {
      if (process.ppid !== parent && since === 0) told();
    }, 500).unref();
  }
}

/** `words` a few to a line. */
function inLines(words: readonly string[], each: number): string[] {
  return Array.from({ length: Math.ceil(words.length / each) }, (_, i) =>
    words.slice(i * each, (i + 1) * each).join(', '),
  );
}

function whereToLook(options: StartOptions, out: Lines): void {
  const home = homeAt(options.home);
  const url = `http://localhost:${options.port}`;
  const here = path.relative(process.cwd(), home.root) || '.';
  out.say('where to look next');
  out.say(`  the calls, to read and try   ${url}/docs`);
  out.say('  what the sources hold        npx hedui source status');
  out.say('  detection rates              npx hedui rates --from 2026-01 --to 2026-12 --group-by programme,region');
  out.say('  act as somebody              npx hedui --as auditor rates --from 2026-01 --to 2026-12');
  out.say(`                               roles: ${ROLES.join(', ')}`);
  out.say(`                               (tokens by role in ${path.join(here, 'profile.json')})`);
  out.say(`  log in as a person           npx hedui login, with a login and password of`);
  out.say(`                               ${path.join(here, 'keys', 'trial-logins.json')}:`);
  for (const logins of inLines(
    TRIAL_USERS.map(([login]) => login),
    4,
  )) {
    out.say(`                               ${logins}`);
  }
  out.say(`                               and a department's system, ${TRIAL_CLIENT}`);
  out.say(`  logs                         ${path.join(here, 'logs')}`);
  out.say('  These logins and tokens are for trying only: one of them may do everything, and all hold for a year.');
  out.say('  Give an installation with data of real people users of its own; see services/identity/README.md.');
  out.say('  stop                         Ctrl-C; the next npm start goes on with the data\n');
}

/** `npm start`: starts the mesh and stays up. Ends the process itself: 0 after a stop, 1 when something cannot start, 2 usage. */
export async function runStart(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  checkout: string,
): Promise<void> {
  const out = createLines((text) => process.stdout.write(text));
  let options: StartOptions;
  try {
    options = readOptions(argv, env, checkout);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${USAGE}\n`);
    process.exit(2);
  }
  const mesh = createMesh(options, checkout, out);
  stopWhenTold(mesh, out);
  try {
    await mesh.run();
    whereToLook(options, out);
    out.say(`ready http://localhost:${options.port}`);
  } catch (error) {
    if (error instanceof Stopped) return;
    process.stderr.write(`${describeFailure(error)}\n`);
    await mesh.stop();
    process.exit(1);
  }
}
