import { type Batch, RECEIVED_SHARE } from '@hedui/contracts';
import type { Command } from 'commander';
import type { Client } from '../client.js';
import { startProgress } from '../console.js';
import { openUpload, saveStream, templateFormat } from '../files.js';
import { followBatch } from '../follow.js';
import { type Context, EXIT, printJson } from './context.js';

interface SubmitOptions {
  asOf: string;
  policy?: string;
  wait?: boolean;
  out?: string;
  rejects?: string;
  json?: boolean;
}

export function batchCommands(program: Command, context: Context): void {
  const batch = program.command('batch').description('batches of households');
  batch
    .command('submit')
    .description('submit a file of households')
    .argument('<households>', 'CSV or NDJSON; - for standard input')
    .requiredOption('--as-of <date>', 'the date that the households are assessed at, YYYY-MM-DD')
    .option('--policy <policy>', 'ID or ID@version; the only published one when absent')
    .option('--wait', 'return when every report can be read')
    .option('--out <file>', 'write the reports there as NDJSON (waits)')
    .option('--rejects <file>', 'write the rejected rows there as CSV')
    .option('--json', 'print the batch as the service gives it')
    .action((file: string, options: SubmitOptions) => submit(context, file, options));
  batch
    .command('status')
    .description('state and counts of a batch')
    .argument('<batchId>')
    .option('--wait', 'follow it until it is done')
    .option('--out <file>', 'write the reports there as NDJSON')
    .option('--rejects <file>', 'write the rejected rows there as CSV')
    .option('--json', 'print the batch as the service gives it')
    .action(async (batchId: string, options: Omit<SubmitOptions, 'asOf' | 'policy'>) => {
      const client = context.client();
      const now = await client.batch(batchId);
      await conclude(context, client, options.wait ? await follow(context, client, now, options.json) : now, options);
    });
  batch
    .command('template')
    .description('an empty file for a batch of households; .xlsx explains its columns')
    .argument('<file>', 'where to write it: .csv or .xlsx')
    .action(async (file: string) => {
      const client = context.client();
      await saveStream(await client.template('households', templateFormat(file)), file);
    });
  batch
    .command('cancel')
    .description('stop what has not been assessed; reports that were made stay')
    .argument('<batchId>')
    .option('--json', 'print the batch as the service gives it')
    .action(async (batchId: string, options: { json?: boolean }) => {
      const cancelled = await context.client().cancelBatch(batchId);
      if (options.json) printJson(context, cancelled);
      else context.console.out(summary(cancelled));
    });
}

/** The bar of a batch that is followed: from its first byte to its last report, so that half of it is half of the wait. */
const WHOLE = 'batch, %';
const hundredths = (share: number): number => Math.floor(share * 100);

async function submit(context: Context, file: string, options: SubmitOptions): Promise<void> {
  const client = context.client();
  const follows = options.wait === true || options.out !== undefined;
  const progress = startProgress(context.console, follows ? WHOLE : 'sent, KiB');
  const upload = await openUpload(file, (sent) => {
    if (options.json || !upload.size) return;
    if (follows) progress.update(hundredths((RECEIVED_SHARE * sent) / upload.size), 100);
    else progress.update(Math.ceil(sent / 1024), Math.ceil(upload.size / 1024));
  });
  let batch: Batch;
  try {
    batch = await client.createBatch({ asOf: options.asOf, policy: options.policy }, upload.body, upload.contentType);
  } finally {
    progress.end();
  }
  if (!options.json) context.console.err(`batch ${batch.id}: ${batch.counts.accepted} households accepted`);
  const last = follows ? await follow(context, client, batch, options.json) : batch;
  await conclude(context, client, last, options);
}

async function follow(context: Context, client: Client, batch: Batch, json?: boolean): Promise<Batch> {
  const progress = startProgress(context.console, WHOLE);
  const show = ({ progress: done, counts }: Batch) => {
    if (!json) progress.update(hundredths(done ?? counts.reports / Math.max(1, counts.accepted)), 100);
  };
  try {
    show(batch);
    return await followBatch(client, batch, show);
  } finally {
    progress.end();
  }
}

async function conclude(
  context: Context,
  client: Client,
  batch: Batch,
  options: { out?: string; rejects?: string; json?: boolean },
): Promise<void> {
  const { console } = context;
  if (options.out) await saveStream(await client.batchReports(batch.id), options.out);
  if (options.rejects) await saveStream(await client.batchRejects(batch.id), options.rejects);
  if (options.json) printJson(context, batch);
  else console.out(summary(batch));
  for (const warning of batch.warnings) console.err(`warning: ${warning}`);
  if (batch.counts.rejected > 0) {
    console.err(
      `${batch.counts.rejected} households (${batch.counts.rejectedRows} rows) were rejected: ` +
        (options.rejects ? `see ${options.rejects}` : `hedui batch status ${batch.id} --rejects FILE`),
    );
  }
  if (batch.counts.rejected > 0 || batch.state === 'cancelled') context.finish(EXIT.failed);
}

function summary(batch: Batch): string {
  const { counts } = batch;
  return (
    `batch ${batch.id} ${batch.state}: ${counts.households} households, ${counts.accepted} accepted, ` +
    `${counts.rejected} rejected, ${counts.reports} reports (as of ${batch.asOf}, policy ${batch.policy.id}@${batch.policy.version})`
  );
}
