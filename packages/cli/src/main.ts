import { Command, CommanderError } from 'commander';
import { type Client, createClient } from './client.js';
import { auditCommands } from './commands/audit.js';
import { authorisationCommands } from './commands/authorisation.js';
import { batchCommands } from './commands/batch.js';
import { type Context, EXIT, type ExitStatus } from './commands/context.js';
import { deadLetterCommands } from './commands/dead-letter.js';
import { doctorCommand } from './commands/doctor.js';
import { retentionCommands } from './commands/evidence.js';
import { keysCommands } from './commands/keys.js';
import { loginCommands, userCommands } from './commands/login.js';
import { policyCommands } from './commands/policy.js';
import { ratesCommand } from './commands/rates.js';
import { reportCommands } from './commands/report.js';
import { sourceCommands } from './commands/source.js';
import { type Console, explain, processConsole } from './console.js';
import { patienceOf } from './patience.js';
import { readProfile } from './profile.js';

/** Runs one command line and returns its exit status; never ends the process. */
export async function run(
  args: readonly string[],
  console: Console = processConsole,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<ExitStatus> {
  let status: ExitStatus = EXIT.done;
  const held: { client?: Client } = {};
  const context: Context = {
    console,
    client: () => {
      const patience = patienceOf(env, (line) => console.err(line));
      held.client ??= createClient(readProfile(env, program.opts<{ as?: string }>().as), patience);
      return held.client;
    },
    finish: (code) => {
      status = code;
    },
  };
  const program = new Command('hedui')
    .description('Household economic-status verification, from the command line')
    .option('--as <role>', 'act as this role of the profile (policy_maker_2: the second person of it)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => console.out(text.trimEnd()),
      writeErr: (text) => console.err(text.trimEnd()),
    })
    .addHelpText(
      'after',
      '\nThe service comes from HEDUI_URL and HEDUI_TOKEN, or from the profile that `npm start` wrote in HEDUI_HOME.' +
        '\nExit status: 0 done, 1 refused or a part failed (rejected rows included), 2 usage.',
    );
  sourceCommands(program, context);
  policyCommands(program, context);
  batchCommands(program, context);
  reportCommands(program, context);
  retentionCommands(program, context);
  ratesCommand(program, context);
  deadLetterCommands(program, context);
  doctorCommand(program, context);
  auditCommands(program, context);
  authorisationCommands(program, context);
  keysCommands(program, context, env);
  loginCommands(program, context, env);
  userCommands(program, context);
  // Sub-commands made before exitOverride of the parent do not inherit it.
  for (const command of program.commands) for (const leaf of [command, ...command.commands]) leaf.exitOverride();
  try {
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    console.err(explain(error));
    return EXIT.failed;
  } finally {
    await held.client?.close();
  }
}
