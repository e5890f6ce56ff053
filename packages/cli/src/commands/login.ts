import { randomBytes } from 'node:crypto';
import { type User, userListSchema, userSchema } from '@hedui/contracts';
import Table from 'cli-table3';
import type { Command } from 'commander';
import { deviceLogin, endLogin, keepLogin } from '../device-login.js';
import { loginFile, readUrl } from '../profile.js';
import { type Context, printJson } from './context.js';

type Environment = Readonly<Record<string, string | undefined>>;
interface JsonOption {
  json?: boolean;
}
interface NewUserOptions extends JsonOption {
  role: string[];
  region?: string[];
  purpose?: string[];
  source?: string[];
  department?: string;
}

export function loginCommands(program: Command, context: Context, env: Environment): void {
  program
    .command('login')
    .description('log in as a person: shows an address and a code to confirm there')
    .option('--url <url>', 'the installation; that of HEDUI_URL or of the profile when absent')
    .action(async ({ url }: { url?: string }) => {
      const at = url ?? readUrl(env);
      const login = await deviceLogin(at, (address, code) => {
        context.console.err(`open ${address}\nand confirm the code ${code}`);
      });
      keepLogin(loginFile(env), login);
      context.console.out(`logged in at ${at}`);
    });
  program
    .command('logout')
    .description('end the login')
    .action(async () => {
      const ended = await endLogin(loginFile(env));
      context.console.out(ended ? 'logged out' : 'nobody was logged in');
    });
}

const summary = (user: User) =>
  `${user.login} (${user.id}): ${user.roles.join(', ')}${user.disabled ? ', disabled' : ''}`;

/** Commands of administrators about users; thin calls of the REST API. */
export function userCommands(program: Command, context: Context): void {
  const user = program.command('user').description('users of the installation (administrators)');
  const told = (found: User, { json }: JsonOption) =>
    json ? printJson(context, found) : context.console.out(summary(found));

  user
    .command('list')
    .description('users and what they may do')
    .option('--json', 'print the answer as the service gives it')
    .action(async (options: JsonOption) => {
      const list = await context.client().get(userListSchema, '/v1/users?limit=1000');
      if (options.json) return printJson(context, list);
      const table = new Table({
        head: ['login', 'id', 'roles', 'regions', 'state'],
        style: { head: [], border: [] },
      });
      for (const one of list.items)
        table.push([one.login, one.id, one.roles.join(' '), one.regions.join(' '), one.disabled ? 'disabled' : '']);
      context.console.out(table.toString());
    });
  user
    .command('add')
    .description('add a user; prints a first password, which has to be changed at the first login')
    .argument('<login>')
    .requiredOption('--role <roles...>', 'what the user is')
    .option('--region <codes...>', 'regions whose households the user may see')
    .option('--purpose <purposes...>', 'what for')
    .option('--source <sources...>', 'sources that a source officer answers for')
    .option('--department <department>', 'the department that the user acts for')
    .option('--json', 'print the user as the service gives it')
    .action(async (login: string, options: NewUserOptions) => {
      const password = randomBytes(15).toString('base64url');
      const made = await context.client().post(userSchema, '/v1/users', {
        login,
        password,
        roles: options.role,
        regions: options.region ?? [],
        purposes: options.purpose ?? [],
        sources: options.source ?? [],
        department: options.department ?? null,
      });
      told(made, options);
      context.console.err(`first password: ${password}`);
    });
  for (const [name, description] of [
    ['disable', 'end sessions and refresh tokens of a user, and let nobody log in'],
    ['enable', 'let a user log in again, and forget failed logins'],
  ] as const) {
    user
      .command(name)
      .description(description)
      .argument('<id>')
      .option('--json', 'print the user as the service gives it')
      .action(async (id: string, options: JsonOption) =>
        told(await context.client().post(userSchema, `/v1/users/${encodeURIComponent(id)}/${name}`), options),
      );
  }
}
