import { type Command, Option } from 'commander';
import { ratesCsv, ratesTable, STILL_COUNTING } from '../rates-table.js';
import { type Context, printJson } from './context.js';

interface RatesOptions {
  from: string;
  to: string;
  groupBy?: string;
  programme?: string;
  type?: string;
  region?: string;
  format: 'table' | 'csv' | 'json';
  json?: boolean;
}

export function ratesCommand(program: Command, context: Context): void {
  program
    .command('rates')
    .description('detection rates, with numerator, denominator and what was left out')
    .requiredOption('--from <month>', 'first month, YYYY-MM')
    .requiredOption('--to <month>', 'last month, YYYY-MM')
    .option('--group-by <groups>', 'comma-separated: programme, region, source, finding, type, month')
    .option('--programme <programme>', 'this programme only')
    .option('--type <type>', 'this verification type only')
    .option('--region <prefix>', 'regions that begin so')
    .addOption(new Option('--format <format>').choices(['table', 'csv', 'json']).default('table'))
    .option('--json', 'the same as --format json')
    .action(async (options: RatesOptions) => {
      const { from, to, groupBy, programme, type, region } = options;
      const rates = await context.client().rates({ from, to, groupBy, programme, type, region });
      if (options.json || options.format === 'json') printJson(context, rates);
      else if (options.format === 'table') context.console.out(ratesTable(rates));
      else {
        context.console.out(ratesCsv(rates));
        if (rates.behind) context.console.err(STILL_COUNTING);
      }
    });
}
