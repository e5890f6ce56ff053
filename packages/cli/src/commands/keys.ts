import path from 'node:path';
import type { KeyRotations } from '@hedui/contracts';
import type { Command } from 'commander';
import { addVersion, currentVersion, KeyFileUnusable, removeVersion } from '../key-file.js';
import { installationHome } from '../profile.js';
import { type Context, printJson } from './context.js';

interface FileOptions {
  ring?: boolean;
  file?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The key file that a command means: the one that is named, else the installation's own. */
const fileOf = (options: FileOptions, env: Env): string =>
  options.file ?? path.join(installationHome(env), 'keys', options.ring ? 'key-ring.json' : 'pseudonyms.json');

export function keysCommands(program: Command, context: Context, env: Env): void {
  const keys = program.command('keys').description('rotation of the pseudonym key and of the key ring');
  keys
    .command('status')
    .description('how far rotations are, service by service')
    .option('--json', 'the answer as it is')
    .action(async (options: { json?: boolean }) => {
      const rotations = await context.client().keyRotations();
      if (options.json) printJson(context, rotations);
      else context.console.out(statusText(rotations));
    });
  keys
    .command('rotate')
    .description('adds a new version to the key file and makes it the current one; services notice by themselves')
    .option('--ring', 'the key ring, which seals what is kept, in place of the pseudonym key')
    .option('--file <path>', 'the key file, when it is not that of the local installation')
    .action((options: FileOptions) => {
      const file = fileOf(options, env);
      const { from, to } = addVersion(file);
      context.console.out(
        `${file}: version ${to} is the current one. Leave ${from} in the file until \`hedui keys status\` says that it may be removed.`,
      );
    });
  keys
    .command('retire')
    .description('takes a version out of the key file that nothing needs any more')
    .argument('<version>')
    .option('--ring', 'the key ring')
    .option('--file <path>', 'the key file, when it is not that of the local installation')
    .action(async (version: string, options: FileOptions) => {
      const kind = options.ring ? 'ring' : 'pseudonyms';
      const file = fileOf(options, env);
      const current = currentVersion(file);
      const { items } = await context.client().keyRotations();
      if (!items.some((item) => item.kind === kind && item.to === current && item.removable)) {
        throw new KeyFileUnusable(`version ${version} may still be needed: see \`hedui keys status\``);
      }
      removeVersion(file, version);
      context.console.out(`version ${version} is gone`);
    });
}

/** The state of rotations, a block for each. */
export function statusText({ pseudonyms, items }: KeyRotations): string {
  const blocks = items.map(({ kind, from, to, step, removable, waitingFor, progress }) =>
    [
      `${kind === 'ring' ? 'key ring' : 'pseudonym key'} ${from === null ? '' : `${from} → `}${to}: ${step}` +
        (removable ? '; the version before may be removed' : ''),
      ...waitingFor.map((what) => `  waits for ${what}`),
      ...progress
        .filter((one) => one.done > 0)
        .map(
          ({ service, about, step: at, done, total }) =>
            `  ${service}${about ? ` ${about}` : ''}: ${at} ${done}${total === null ? '' : ` of ${total}`}`,
        ),
    ].join('\n'),
  );
  return [`households are taken in under version ${pseudonyms} of the pseudonym key`, ...blocks].join('\n');
}
