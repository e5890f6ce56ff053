import { readFile } from 'node:fs/promises';
import Table from 'cli-table3';
import type { Command } from 'commander';
import { FileProblem } from '../files.js';
import { type Context, printJson } from './context.js';

export function policyCommands(program: Command, context: Context): void {
  const policy = program.command('policy').description('the rules that batches run on');
  policy
    .command('publish')
    .description('publish a policy version; the same content again changes nothing')
    .argument('<file>', 'YAML or JSON')
    .option('--json', 'print the answer as the service gives it')
    .action(async (file: string, options: { json?: boolean }) => {
      const text = await readFile(file, 'utf8').catch(() => {
        throw new FileProblem(`${file} cannot be read`);
      });
      const type = /\.json$/i.test(file) ? 'application/json' : 'application/yaml';
      const published = await context.client().publishPolicy(text, type);
      if (options.json) printJson(context, published);
      else {
        context.console.out(
          `policy ${published.id}@${published.version} in force from ${published.effectiveFrom}, digest ${published.digest}`,
        );
      }
    });
  policy
    .command('list')
    .description('published policies')
    .option('--json', 'print the answer as the service gives it')
    .action(async (options: { json?: boolean }) => {
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
}
