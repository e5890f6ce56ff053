import type { Doctor } from '@hedui/contracts';
import Table from 'cli-table3';
import { type Command, Option } from 'commander';
import { type Context, EXIT, printJson } from './context.js';

type Language = 'zh' | 'en';

export function doctorCommand(program: Command, context: Context): void {
  program
    .command('doctor')
    .description('checks the installation while it works, and says what to do; exit status 1 when something is broken')
    .option('--all', 'what is in order too')
    .addOption(new Option('--lang <language>', 'zh or en').choices(['zh', 'en']).default('en'))
    .option('--json', 'the answer as it is')
    .action(async (options: { all?: boolean; lang: Language; json?: boolean }) => {
      const doctor = await context.client().doctor();
      if (options.json) printJson(context, doctor);
      else context.console.out(doctorText(doctor, options.lang, options.all ?? false));
      if (doctor.state === 'broken') context.finish(EXIT.failed);
    });
}

const WORDS = {
  en: {
    head: ['service', 'check', 'state', 'what was seen', 'what to do'],
    ok: 'ok',
    warning: 'warning',
    broken: 'broken',
    rest: (n: number) => `${n} checks are in order`,
  },
  zh: {
    head: ['服务', '检查', '状态', '所见', '处理'],
    ok: '正常',
    warning: '警告',
    broken: '故障',
    rest: (n: number) => `${n} 项检查正常`,
  },
};
const ORDER = { broken: 0, warning: 1, ok: 2 };

/** The worst first; what is in order is only counted unless all is asked for. */
export function doctorText({ items }: Doctor, lang: Language, all: boolean): string {
  const words = WORDS[lang];
  const shown = items.filter(({ state }) => all || state !== 'ok').sort((a, b) => ORDER[a.state] - ORDER[b.state]);
  const table = new Table({
    head: words.head,
    colWidths: [24, 16, 9, 44, 44],
    wordWrap: true,
    wrapOnWordBoundary: lang === 'en',
    style: { head: [], border: [] },
  });
  for (const { service, check, state, seen, todo } of shown) {
    table.push([service, check, words[state], seen[lang], todo?.[lang] ?? '']);
  }
  const rest = items.length - shown.length;
  return [...(shown.length > 0 ? [table.toString()] : []), ...(rest > 0 ? [words.rest(rest)] : [])].join('\n');
}
