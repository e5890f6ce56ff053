import { readFileSync } from 'node:fs';
import type { Authorisation, CitizenAccount } from '@hedui/contracts';
import type { Command } from 'commander';
import { type Context, EXIT, printJson } from './context.js';

interface JsonOption {
  json?: boolean;
}

/** Persons are named in files or on standard input: what stands in a command line stays in histories and lists of processes. */
const FILE = 'JSON; - reads standard input';

export function authorisationCommands(program: Command, context: Context): void {
  const authorisation = program.command('authorisation').description('authorisations of families');
  const asJson = ['--json', 'print the answer as the service gives it'] as const;
  const withBody = (file: string, use: (body: unknown) => Promise<void>) => {
    const body = readJson(context, file);
    return body === undefined ? Promise.resolve() : use(body);
  };
  authorisation
    .command('register')
    .description('register a signed paper, a guardian’s, or a green channel whose signature follows')
    .argument('<file>', `{authorisationNo, person: {idType, idNumber}, kind, purposes, region, signedOn, …}, ${FILE}`)
    .option(...asJson)
    .action((file: string, options: JsonOption) =>
      withBody(file, async (body) => tellPaper(context, await context.client().registerAuthorisation(body), options)),
    );
  authorisation
    .command('sign')
    .description('note the later signature of a green channel')
    .argument('<authorisationId>')
    .requiredOption('--on <date>', 'day of the signature, YYYY-MM-DD')
    .option('--until <date>', 'last day of the authorisation; left out: as registered')
    .option(...asJson)
    .action(async (id: string, { on, until, ...options }: JsonOption & { on: string; until?: string }) => {
      const body = { signedOn: on, ...(until === undefined ? {} : { until }) };
      tellPaper(context, await context.client().signAuthorisation(id, body), options);
    });
  authorisation
    .command('withdraw')
    .description('take an authorisation back; what is under way stops')
    .argument('<file>', `{authorisationNo, person: {idType, idNumber}, reason}, ${FILE}`)
    .option(...asJson)
    .action((file: string, options: JsonOption) =>
      withBody(file, async (body) => {
        const done = await context.client().withdrawAuthorisation(body);
        if (options.json) return printJson(context, done);
        context.console.out(
          `${done.authorisationNo} withdrawn at ${done.withdrawnAt}: ${done.stopped} household(s) stopped, ` +
            `${done.issued} report(s) issued before stand`,
        );
      }),
    );
  authorisation
    .command('list')
    .description('what was asked about a person, under which authorisation: for that person')
    .argument('<file>', `{idType, idNumber}, ${FILE}`)
    .option(...asJson)
    .action((file: string, options: JsonOption) =>
      withBody(file, async (body) => {
        const account = await context.client().citizenAccount(body);
        if (options.json) printJson(context, account);
        else context.console.out(accountText(account));
      }),
    );
}

function readJson(context: Context, file: string): unknown {
  try {
    const body: unknown = JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
    return body ?? null;
  } catch {
    // Without the text: a parser's message would show what it met.
    context.console.err(`${file === '-' ? 'standard input' : file} cannot be read as JSON`);
    context.finish(EXIT.usage);
    return undefined;
  }
}

function tellPaper(context: Context, paper: Authorisation, options: JsonOption): void {
  if (options.json) {
    printJson(context, paper);
    return;
  }
  const due = paper.dueOn !== null && paper.signatureOn === null ? `, signature due on ${paper.dueOn}` : '';
  const until = paper.until ?? 'while assisted';
  context.console.out(`${paper.id} ${paper.authorisationNo}: ${paper.state}, ${paper.signedOn} to ${until}${due}`);
}

function accountText(account: CitizenAccount): string {
  const queries = account.queries.map((query) => {
    const paper = query.authorisationNo ?? 'no authorisation needed';
    const sources = query.sources.map(({ source, state }) => `${source} ${state}`).join(', ');
    return [
      `${query.askedAt ?? 'not asked'} ${query.reportNo} ${query.state}: ${query.programme} (${query.purpose}), ${query.relation}`,
      `  under ${paper}, by ${query.office ?? 'the centre'} for region ${query.region}${sources ? `; ${sources}` : ''}`,
    ].join('\n');
  });
  return [
    `${account.person.idType} ${account.person.idNumber}: ${account.queries.length} queries`,
    ...queries,
    ...account.authorisations.map((paper) => `registered ${paper.authorisationNo}: ${paper.state}`),
    ...account.endings.map((one) => `ended ${one.authorisationNo} at ${one.endedAt}: ${one.reason}`),
    ...(account.elsewhere > 0 ? [`${account.elsewhere} more in other regions or for other purposes`] : []),
  ].join('\n');
}
