import type { Load } from '@hedui/contracts';
import Table from 'cli-table3';
import type { Command } from 'commander';
import { startProgress } from '../console.js';
import { openUpload, saveStream, templateFormat } from '../files.js';
import { followLoad } from '../follow.js';
import { type Context, EXIT, printJson } from './context.js';

interface LoadOptions {
  scope: string;
  asOf: string;
  mode: string;
  rejects?: string;
  allowOlder?: boolean;
  confirmWithdrawals?: boolean;
  wait: boolean;
  json?: boolean;
}

export function sourceCommands(program: Command, context: Context): void {
  const source = program.command('source').description('what the departments delivered');
  source
    .command('load')
    .description("load a department's file; returns when the matcher has applied it")
    .argument('<source>', 'tax, vehicle, housing_fund, business_registry, civil_affairs')
    .argument('<recordType>', 'e.g. income, registration, account, role, marriage, death, assistance')
    .argument('<file>', 'CSV or NDJSON; - for standard input')
    .requiredOption('--scope <region>', 'region code that the file covers')
    .requiredOption('--as-of <date>', "the department's data date, YYYY-MM-DD")
    .option('--mode <mode>', 'full or delta', 'delta')
    .option('--rejects <file>', 'write the rejected rows there as CSV')
    .option('--allow-older', 'accept an as-of date before that of the last load of this scope')
    .option('--confirm-withdrawals', 'let a full load withdraw any number of records')
    .option('--no-wait', 'return when the load is stored and queued')
    .option('--json', 'print the load as the service gives it')
    .action((name: string, recordType: string, file: string, options: LoadOptions) =>
      load(context, name, recordType, file, options),
    );
  source
    .command('confirm')
    .description('let a waiting full load withdraw its records')
    .argument('<loadId>')
    .option('--json', 'print the load as the service gives it')
    .action(async (loadId: string, options: { json?: boolean }) => {
      const client = context.client();
      report(context, await followLoad(client, await client.confirmLoad(loadId), 'applied'), options.json);
    });
  source
    .command('show')
    .description('state and counts of a load')
    .argument('<loadId>')
    .option('--rejects <file>', 'write the rejected rows there as CSV')
    .option('--json', 'print the load as the service gives it')
    .action(async (loadId: string, options: { json?: boolean; rejects?: string }) => {
      const client = context.client();
      if (options.rejects) await saveStream(await client.loadRejects(loadId), options.rejects);
      report(context, await client.load(loadId), options.json, options.rejects);
    });
  source
    .command('template')
    .description("an empty file for a source's records; .xlsx explains its columns")
    .argument('<source>')
    .argument('<recordType>')
    .argument('<file>', 'where to write it: .csv or .xlsx')
    .action(async (name: string, recordType: string, file: string) => {
      const client = context.client();
      await saveStream(await client.template({ source: name, recordType }, templateFormat(file)), file);
    });
  source
    .command('status')
    .description('what each source holds and how fresh it is')
    .option('--json', 'print the answer as the service gives it')
    .action((options: { json?: boolean }) => status(context, options.json));
}

async function load(
  context: Context,
  name: string,
  recordType: string,
  file: string,
  options: LoadOptions,
): Promise<void> {
  const client = context.client();
  const progress = startProgress(context.console, `${name}/${recordType} sent, KiB`);
  const upload = await openUpload(file, (sent) => {
    if (!options.json && upload.size) progress.update(Math.ceil(sent / 1024), Math.ceil(upload.size / 1024));
  });
  const query = {
    scope: options.scope,
    asOf: options.asOf,
    mode: options.mode,
    allowOlder: options.allowOlder,
    confirmWithdrawals: options.confirmWithdrawals,
  };
  let received: Load;
  try {
    received = await client.createLoad(name, recordType, query, upload.body, upload.contentType);
  } finally {
    progress.end();
  }
  const done = await followLoad(client, received, options.wait ? 'applied' : 'stored');
  if (options.rejects) await saveStream(await client.loadRejects(done.id), options.rejects);
  report(context, done, options.json, options.rejects);
}

function report(context: Context, load: Load, json?: boolean, rejects?: string): void {
  const { console } = context;
  const { counts } = load;
  if (json) printJson(context, load);
  else {
    console.out(
      `load ${load.id} ${load.state}: ${counts.read} rows read, ${counts.applied} applied, ${counts.unchanged} unchanged, ` +
        `${counts.withdrawn} withdrawn, ${counts.superseded} superseded, ${counts.rejected} rejected`,
    );
  }
  for (const warning of load.warnings) console.err(`warning: ${warning}`);
  if (load.refusal) console.err(`refused, ${load.refusal.code}: ${load.refusal.rule}`);
  if (load.waitingFor) {
    console.err(
      `this full load would withdraw ${counts.withdrawn} records. To go on: hedui source confirm ${load.id} ` +
        '(or load again with --confirm-withdrawals)',
    );
  }
  if (counts.rejected > 0) {
    console.err(
      `${counts.rejected} rows were rejected: ${rejects ? `see ${rejects}` : `hedui source show ${load.id} --rejects FILE`}`,
    );
  }
  if (counts.rejected > 0 || load.state === 'refused' || load.waitingFor) context.finish(EXIT.failed);
}

async function status(context: Context, json?: boolean): Promise<void> {
  const items = await context.client().sources();
  if (json) printJson(context, { items });
  else {
    const table = new Table({
      head: ['source', 'record type', 'records', 'queued', 'scope', 'as of', 'mode', 'state'],
      style: { head: [], border: [] },
    });
    for (const item of items) {
      if (!item.available) table.push([item.source, { colSpan: 7, content: 'did not answer' }]);
      for (const type of item.recordTypes) {
        const first = [item.source, type.recordType, type.records, type.queued];
        if (type.loads.length === 0) table.push([...first, { colSpan: 4, content: 'nothing loaded yet' }]);
        for (const load of type.loads) table.push([...first, load.scope, load.asOf, load.mode, load.state]);
      }
    }
    context.console.out(table.toString());
  }
  if (items.some((item) => !item.available)) context.finish(EXIT.failed);
}
