import { writeFile } from 'node:fs/promises';
import { readOptions, UsageError } from './options.js';
import { ratioLine, tableOf } from './print.js';
import { runBench } from './run.js';

/** `npm run bench -- …`: exit status 0 when everything was measured and agrees, 1 when not, 2 for a wrong command line. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    const figures = await runBench(options, (text) => process.stderr.write(`${text}\n`));
    if (options.json !== null) await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`);
    process.stdout.write(`${tableOf(figures)}\n${ratioLine(figures.ratios)}\n`);
    return 0;
  } catch (error) {
    const wrong =
      error instanceof UsageError ||
      (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return wrong ? 2 : 1;
  }
}
