import type { Report } from '@hedui/contracts';
import type { Command } from 'commander';
import { type Context, EXIT, printJson } from './context.js';

export function reportCommands(program: Command, context: Context): void {
  const report = program.command('report').description('verification reports');
  report
    .command('show')
    .description('one report')
    .argument('<reportNo>')
    .option('--json', 'print the report as the service gives it')
    .action(async (reportNo: string, options: { json?: boolean }) => {
      const found = await context.client().report(reportNo);
      if (!found) {
        context.console.err(`report ${reportNo} is not ready yet`);
        return context.finish(EXIT.failed);
      }
      if (options.json) printJson(context, found);
      else context.console.out(reportText(found));
    });
}

function reportText(report: Report): string {
  const lines = [
    `report ${report.reportNo}  household ${report.householdRef ?? '–'}  ${report.programme}, ${report.verificationType}`,
    `region ${report.region} (${report.area}), as of ${report.asOf}, policy ${report.policy.id}@${report.policy.version}`,
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
