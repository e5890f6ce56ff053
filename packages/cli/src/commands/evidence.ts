import type { Evidence } from '@hedui/contracts';
import type { Command } from 'commander';
import { type Context, EXIT, printJson } from './context.js';

/** Shows the record behind one finding of a report, or behind each that rests on a record. */
export async function showEvidence(
  context: Context,
  reportNo: string,
  finding: string | undefined,
  options: { json?: boolean; unmasked?: boolean },
): Promise<void> {
  const client = context.client();
  const places = finding === undefined ? await placesOf(context, reportNo) : [Number(finding)];
  if (places === null) {
    context.console.err(`report ${reportNo} is not ready yet`);
    return context.finish(EXIT.failed);
  }
  const found: Evidence[] = [];
  for (const place of places) found.push(await client.evidence(reportNo, place, options.unmasked === true));
  if (options.json) printJson(context, finding === undefined ? found : found[0]);
  else context.console.out(found.length === 0 ? 'no finding rests on a record' : found.map(evidenceText).join('\n'));
}

async function placesOf(context: Context, reportNo: string): Promise<number[] | null> {
  const report = await context.client().report(reportNo);
  return report?.findings.flatMap(({ recordId }, i) => (recordId === null ? [] : [i + 1])) ?? null;
}

function evidenceText(evidence: Evidence): string {
  const { finding, code, member, source, recordType, recordId, person, other, values, changedSince } = evidence;
  const who = [person, other].flatMap((one) => (one ? [`  ${one.name} ${one.idNumber} (${one.idType})`] : []));
  return [
    `${finding} ${code} (${member === null ? 'household' : `row ${member}`}): ${source} ${recordType} ${recordId}`,
    ...who,
    ...Object.entries(values).map(([name, value]) => `  ${name} ${value ?? '–'}`),
    ...(changedSince ? ['  the source has changed or withdrawn this record since'] : []),
  ].join('\n');
}

/** `hedui retention run`: for administrators. */
export function retentionCommands(program: Command, context: Context): void {
  program
    .command('retention')
    .description('how long it stays known whose a report is')
    .command('run')
    .description('erase what was kept long enough, by destroying its keys')
    .option('--dry-run', 'count what would be erased, and erase nothing')
    .option('--json', 'print the answer as the service gives it')
    .action(async (options: { dryRun?: boolean; json?: boolean }) => {
      const told = await context.client().retention(options.dryRun === true);
      if (options.json) return printJson(context, told);
      context.console.out(
        `${told.dryRun ? 'would erase' : 'erased'} ${told.batches} batches and ${told.checks} single checks ` +
          `(${told.households} households) from before ${told.before}`,
      );
    });
}
