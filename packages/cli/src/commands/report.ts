import { Readable } from 'node:stream';
import type { Report } from '@hedui/contracts';
import { type Command, Option } from 'commander';
import { explanationText, LANGUAGES, type Language } from '../explanation-text.js';
import { saveStream } from '../files.js';
import { replayText } from '../replay-text.js';
import { type Context, EXIT, printJson } from './context.js';
import { showEvidence } from './evidence.js';

export function reportCommands(program: Command, context: Context): void {
  const report = program.command('report').description('verification reports');
  report
    .command('show')
    .description('one report')
    .argument('<reportNo>')
    .option('--json', 'print the report as the service gives it')
    .action(async (reportNo: string, options: { json?: boolean }) => {
      const found = await context.client().report(reportNo);
      if (!found) return notReady(context, reportNo);
      if (options.json) printJson(context, found);
      else context.console.out(reportText(found));
    });
  report
    .command('explain')
    .description('how a report came about: each figure, each finding, and what would change it')
    .argument('<reportNo>')
    .addOption(new Option('--lang <language>', 'language of the sentences').choices(LANGUAGES).default('both'))
    .option('--json', 'print the explanation as the service gives it')
    .action(async (reportNo: string, options: { json?: boolean; lang: Language }) => {
      const found = await context.client().explainReport(reportNo);
      if (!found) return notReady(context, reportNo);
      if (options.json) printJson(context, found);
      else context.console.out(explanationText(found, options.lang));
    });
  report
    .command('document')
    .description('write a report as a document, or as a letter to the citizen')
    .argument('<reportNo>')
    .argument('<file>', 'where to write it: .pdf or .html')
    .option('--letter', 'the letter to the citizen, in plain words')
    .addOption(new Option('--lang <language>').choices(LANGUAGES).default('both'))
    .action(async (reportNo: string, file: string, options: { letter?: boolean; lang: Language }) => {
      const query = {
        kind: options.letter ? 'letter' : 'report',
        format: /\.html?$/i.test(file) ? 'html' : 'pdf',
        language: options.lang,
      };
      await saveStream(await context.client().reportDocument(reportNo, query), file);
    });
  report
    .command('receipt')
    .description('what proves that a report stands in the audit log; see `hedui audit verify-receipt`')
    .argument('<reportNo>')
    .option('--out <file>', 'write it to a file')
    .action(async (reportNo: string, { out }: { out?: string }) => {
      const receipt = await context.client().receipt(reportNo);
      if (out === undefined) printJson(context, receipt);
      else await saveStream(Readable.from([`${JSON.stringify(receipt, null, 2)}\n`]), out);
    });
  report
    .command('evidence')
    .description('the records behind the findings of a report, or behind one of them; every look is recorded')
    .argument('<reportNo>')
    .argument('[finding]', 'place among the findings of the report, from 1; without it all that rest on a record')
    .option('--unmasked', 'with names, numbers and codes, while an unmasking of the report is granted')
    .option('--json', 'print the records as the service gives them')
    .action(async (reportNo: string, finding: string | undefined, options: { json?: boolean; unmasked?: boolean }) => {
      await showEvidence(context, reportNo, finding, options);
    });
  report
    .command('replay')
    .description('compute a report again from its own data; exit status 1 when the result is another one')
    .argument('<reportNo>')
    .option('--no-today', 'do not ask what today’s data would say')
    .option('--json', 'print the answer as the service gives it')
    .action(async (reportNo: string, options: { json?: boolean; today: boolean }) => {
      const replay = await context.client().replayReport(reportNo, options.today);
      if (options.json) printJson(context, replay);
      else context.console.out(replayText(replay));
      if (!replay.same) context.finish(EXIT.failed);
    });
}

function notReady(context: Context, reportNo: string): void {
  context.console.err(`report ${reportNo} is not ready yet`);
  context.finish(EXIT.failed);
}

function reportText(report: Report): string {
  const lines = [
    `report ${report.reportNo}  household ${report.householdRef ?? '–'}  ${report.programme}, ${report.verificationType}`,
    `region ${report.region} (${report.area}), as of ${report.asOf}, policy ${report.policy.id}@${report.policy.version}`,
    `digest ${report.digest}`,
    `conclusion ${report.conclusion}, tier ${report.tier ?? 'cannot be told'}`,
    `counted members ${report.countedMembers}, income ${report.annualIncome} yuan a year, ` +
      `${report.perCapitaMonthly ?? '–'} a month per person; standard ${report.standardMonthly}`,
    'persons:',
    ...report.persons.map((p) => `  ${p.row} ${p.relation} ${p.name} ${p.idNumber}`),
    report.findings.length > 0 ? 'findings:' : 'no findings',
    ...report.findings.map((f) => {
      const where = [f.member === null ? 'household' : `row ${f.member}`, f.source, f.recordId]
        .filter(Boolean)
        .join(', ');
      const detail = Object.entries(f.detail)
        .map(([key, value]) => `${key} ${value}`)
        .join(', ');
      return `  ${f.effect.padEnd(6)} ${f.code} (${where})${detail ? `: ${detail}` : ''}`;
    }),
    'support:',
    ...report.support.map((s) => `  row ${s.supporter}: ${s.amount} a year (${s.basis})`),
    'sources:',
    ...report.sources.map(
      (s) => `  ${s.source}: ${s.state}, as of ${s.asOf ?? '–'}${s.loading ? ', was loading' : ''}`,
    ),
  ];
  return lines.filter((line, i) => !(line === 'support:' && lines[i + 1] === 'sources:')).join('\n');
}
