import type { Policy, PolicyChange, PolicySummary } from '@hedui/contracts';
import Table from 'cli-table3';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { stringify } from 'yaml';
import { ServiceRefused } from '../client.js';
import { placeText, readPolicyFile } from '../policy-file.js';
import { type Context, EXIT, printJson } from './context.js';

/** A policy as a caller names it: the version in force when there is none. */
interface PolicyName {
  id: string;
  version: number | null;
}
interface VersionName {
  id: string;
  version: number;
}
interface JsonOption {
  json?: boolean;
}

export function policyCommands(program: Command, context: Context): void {
  const policy = program.command('policy').description('the rules that batches run on');
  policy
    .command('check')
    .description('say what is wrong with a policy document, and what publishing it would do; changes nothing')
    .argument('<file>', 'YAML or JSON')
    .option('--json', 'print the answer as the service gives it')
    .action((file: string, options: JsonOption) => check(context, file, options));
  policy
    .command('publish')
    .description(
      'publish a policy version, or propose it where that takes two people; the same content again changes nothing',
    )
    .argument('<file>', 'YAML or JSON')
    .option('--json', 'print the answer as the service gives it')
    .action((file: string, options: JsonOption) => publish(context, file, options));
  policy
    .command('approve')
    .description('approve a version that another policy maker proposed: it is published')
    .argument('<version>', 'ID@VERSION', readVersion)
    .option('--digest <digest>', 'approve only the document with this digest')
    .option('--json', 'print the answer as the service gives it')
    .action(async ({ id, version }: VersionName, options: JsonOption & { digest?: string }) => {
      const approved = await context.client().approvePolicy(id, version, options.digest);
      if (options.json) return printJson(context, approved);
      context.console.out(inForce(approved));
    });
  policy
    .command('withdraw')
    .description('withdraw a version that was proposed and is not published')
    .argument('<version>', 'ID@VERSION', readVersion)
    .option('--json', 'print the answer as the service gives it')
    .action(async ({ id, version }: VersionName, options: JsonOption) => {
      const withdrawn = await context.client().withdrawPolicy(id, version);
      if (options.json) return printJson(context, withdrawn);
      context.console.out(`policy ${nameOf(withdrawn)} is withdrawn`);
    });
  policy
    .command('proposals')
    .description('versions that wait for another policy maker')
    .option('--json', 'print the answer as the service gives it')
    .action(async (options: JsonOption) => {
      const items = await context.client().policyProposals();
      if (options.json) return printJson(context, { items });
      for (const item of items)
        context.console.out(
          `${nameOf(item)} proposed by ${item.proposedBy} at ${item.proposedAt}, digest ${item.digest}`,
        );
      if (items.length === 0) context.console.out('nothing is proposed');
    });
  policy
    .command('list')
    .description('published policies')
    .option('--json', 'print the answer as the service gives it')
    .action(async (options: JsonOption) => {
      const items = await context.client().policies();
      if (options.json) return printJson(context, { items });
      const table = new Table({
        head: ['policy', 'version', 'in force from', 'title'],
        style: { head: [], border: [] },
      });
      for (const item of items)
        table.push([item.id, item.version, item.effectiveFrom, `${item.title.zh} / ${item.title.en}`]);
      context.console.out(table.toString());
    });
  policy
    .command('show')
    .description('the document of a version, ready to be edited and published as the next')
    .argument('<policy>', 'ID or ID@VERSION; without a version the one in force today', readName)
    .option('--as-of <date>', 'the version in force on that date, YYYY-MM-DD')
    .addOption(new Option('--yaml', 'print YAML (also without this option)').conflicts('json'))
    .option('--json', 'print the policy as the service gives it')
    .action((name: PolicyName, options: JsonOption & { asOf?: string }) => show(context, name, options));
  policy
    .command('compare')
    .description('what changes from one version to another')
    .argument('<from>', 'ID@VERSION', readVersion)
    .argument('<to>', 'ID@VERSION of the same policy', readVersion)
    .option('--json', 'print the answer as the service gives it')
    .action(async (from: VersionName, to: VersionName, options: JsonOption, command: Command) => {
      if (from.id !== to.id)
        command.error(`error: two versions of one policy are compared, not ${from.id} and ${to.id}`);
      const comparison = await context.client().comparePolicies(from.id, from.version, to.version);
      if (options.json) return printJson(context, comparison);
      context.console.out(`${nameOf(comparison.before)} → ${nameOf(comparison.after)}`);
      for (const change of comparison.changes) context.console.out(changeText(change));
      if (comparison.changes.length === 0) context.console.out('  nothing changes');
    });
}

async function check(context: Context, file: string, options: JsonOption): Promise<void> {
  const { text, contentType } = await readPolicyFile(file);
  const found = await answered(context, file, options, () => context.client().checkPolicy(text, contentType));
  if (found === null) return;
  if (options.json) printJson(context, found);
  else {
    for (const warning of found.warnings) context.console.err(`warning: ${placeText(file, warning)}`);
    const state = {
      new: 'not published yet',
      same: 'published with this content',
      conflict: 'published with other content',
    };
    context.console.out(`policy ${nameOf(found)} is valid, ${state[found.published]}, digest ${found.digest}`);
  }
  if (found.published !== 'conflict') return;
  context.console.err(`${nameOf(found)} never changes: give the document the next version`);
  context.finish(EXIT.failed);
}

async function publish(context: Context, file: string, options: JsonOption): Promise<void> {
  const { text, contentType } = await readPolicyFile(file);
  const published = await answered(context, file, options, () => context.client().publishPolicy(text, contentType));
  if (published === null) return;
  if (options.json) return printJson(context, published);
  if (!('proposedBy' in published)) return context.console.out(inForce(published));
  context.console.out(
    `policy ${nameOf(published)} is proposed; another policy maker has to approve: hedui policy approve ${nameOf(published)} --digest ${published.digest}`,
  );
}

const inForce = (policy: PolicySummary) =>
  `policy ${nameOf(policy)} in force from ${policy.effectiveFrom}, digest ${policy.digest}`;

async function show(
  context: Context,
  { id, version }: PolicyName,
  options: JsonOption & { asOf?: string },
): Promise<void> {
  const client = context.client();
  const asOf = options.asOf ?? today();
  const policy = await (version === null ? client.policyInForce(id, asOf) : client.policy(id, version));
  if (options.json) printJson(context, policy);
  else context.console.out(policyYaml(policy).trimEnd());
}

/** The answer of a call that takes a document; null when the document is refused, which is then said place by place. */
async function answered<T>(
  context: Context,
  file: string,
  options: JsonOption,
  call: () => Promise<T>,
): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ServiceRefused) || error.problem.code !== 'POLICY_INVALID') throw error;
    if (options.json) printJson(context, error.problem);
    else for (const place of error.problem.errors ?? []) context.console.err(placeText(file, place));
    context.finish(EXIT.failed);
    return null;
  }
}

function readName(text: string): PolicyName {
  const match = /^([^@]+)(?:@([1-9]\d{0,8}))?$/.exec(text);
  if (!match?.[1]) throw new InvalidArgumentError('ID or ID@VERSION expected.');
  return { id: match[1], version: match[2] === undefined ? null : Number(match[2]) };
}

function readVersion(text: string): VersionName {
  const { id, version } = readName(text);
  if (version === null) throw new InvalidArgumentError('ID@VERSION expected.');
  return { id, version };
}

const nameOf = ({ id, version }: Pick<PolicySummary, 'id' | 'version'>) => `${id}@${version}`;

/** The calendar date where the command runs: what a person there means by today. */
function today(): string {
  const now = new Date();
  const two = (part: number) => String(part).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** The document as YAML that gives the same digest when it is read again; what is said about it stands in comments. */
function policyYaml(policy: Policy): string {
  const about = `# ${nameOf(policy)}, digest ${policy.digest}, published ${policy.publishedAt}\n`;
  return about + stringify(policy.document, { version: '1.2', lineWidth: 120, flowCollectionPadding: true });
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

function changeText({ kind, key, before, after, sentence }: PolicyChange): string {
  const values = [before, after].filter((text) => text !== null).map((text) => text || '(empty)');
  return `${SIGNS[kind]} ${key}: ${values.join(' → ')}\n    ${sentence.zh} / ${sentence.en}`;
}
