import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type ExportedLog, verifyExport, verifyReceipt } from '@hedui/audit/proof';
import { SOURCES } from '@hedui/contracts';
import type { Command } from 'commander';
import { type Client, ServiceRefused } from '../client.js';
import { saveStream } from '../files.js';
import { type Context, EXIT } from './context.js';

/** Services that keep a log; an installation without an issuer of its own has none of `identity`. */
const LOGS: readonly string[] = [...SOURCES, 'verification', 'reporting', 'identity'];
const list = (value: string, before: string[] = []) => [...before, ...value.split(',')];

export function auditCommands(program: Command, context: Context): void {
  const audit = program.command('audit').description('the log of who did and saw what');
  audit
    .command('export')
    .description('write the audit logs to a file that anybody can verify offline')
    .requiredOption('--out <file>', 'where to write it (NDJSON)')
    .option('--service <services>', `whose: ${LOGS.join(', ')}; default all`, list)
    .action(async ({ out, service }: { out: string; service?: string[] }) => {
      const client = context.client();
      const logs = service ?? (await presentLogs(client));
      await saveStream(Readable.from(exported(client, logs)), out);
      context.console.out(`${out}: ${logs.join(', ')}`);
    });
  audit
    .command('verify')
    .description('verify an export, without any service: exit status 1 when anything in it was changed')
    .argument('<file>')
    .option('--key <fingerprints>', 'trust these keys only', list)
    .option('--against <file>', 'an earlier export, which this one has to continue')
    .action(async (file: string, { key, against }: { key?: string[]; against?: string }) => {
      const earlier = against === undefined ? undefined : await logsOf(against);
      const { logs, problems } = await verifyExport(createReadStream(file), {
        ...(key ? { trusted: key } : {}),
        ...(earlier ? { earlier } : {}),
      });
      for (const { log, size, at, keys } of logs) {
        context.console.out(`${log}: ${size} entries until ${at}, keys ${keys.map(({ id }) => id).join(' ')}`);
      }
      for (const { line, log, seq, what } of problems) {
        const where = [`line ${line}`, ...(log === null ? [] : [log]), ...(seq === null ? [] : [`entry ${seq}`])];
        context.console.err(`${where.join(', ')}: ${what}`);
      }
      context.console.out(problems.length === 0 ? 'nothing was changed' : `${problems.length} problem(s)`);
      if (problems.length > 0) context.finish(EXIT.failed);
    });
  audit
    .command('verify-receipt')
    .description('verify the receipt of a report, without any service')
    .argument('<file>')
    .option('--key <fingerprints>', 'trust these keys only', list)
    .action(async (file: string, { key }: { key?: string[] }) => {
      const verdict = verifyReceipt(readJson(await readFile(file, 'utf8')), key);
      if (!verdict.ok) {
        context.console.err(verdict.what);
        return context.finish(EXIT.failed);
      }
      const { reportNo, record, checkpoint } = verdict.receipt;
      context.console.out(
        `report ${reportNo} stands in entry ${record.seq} of the log, recorded ${record.at}; ` +
          `signed with ${checkpoint.statement.size} entries at ${checkpoint.statement.at} by ${verdict.receipt.key.id}`,
      );
    });
}

async function presentLogs(client: Client): Promise<string[]> {
  const present: string[] = [];
  for (const log of LOGS) if (await keepsLog(client, log)) present.push(log);
  return present;
}

async function keepsLog(client: Client, service: string): Promise<boolean> {
  try {
    const probe = await client.audit({ service, limit: '1' });
    return probe.items.length >= 0;
  } catch (error) {
    if (error instanceof ServiceRefused && error.problem.code === 'NOT_FOUND') return false;
    throw error;
  }
}

/** One log after the other; each is told what stands before it, so that none can be taken out. */
async function* exported(client: Client, logs: readonly string[]): AsyncGenerator<Uint8Array> {
  const file = createHash('sha256');
  for (const [i, service] of logs.entries()) {
    const before = file.copy().digest('hex');
    const query = { service, part: String(i + 1), parts: String(logs.length), before };
    for await (const piece of await client.auditExport(query)) {
      file.update(piece as Uint8Array);
      yield piece as Uint8Array;
    }
  }
}

async function logsOf(file: string): Promise<ExportedLog[]> {
  const { logs, problems } = await verifyExport(createReadStream(file));
  const [problem] = problems;
  if (problem) throw new Error(`${file}, line ${problem.line}: ${problem.what}`);
  return logs;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
