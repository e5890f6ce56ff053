import { type DeadLetterView, DISCARD_REASONS, LETTER_STATES } from '@hedui/contracts';
import Table from 'cli-table3';
import { type Command, Option } from 'commander';
import { type Context, printJson } from './context.js';

interface Asked {
  json?: boolean;
}

export function deadLetterCommands(program: Command, context: Context): void {
  const letters = program
    .command('dead-letter')
    .description('what could not be processed: where it comes from and why');
  const print = (letter: DeadLetterView, json?: boolean) =>
    json ? printJson(context, letter) : context.console.out(letterText(letter));
  letters
    .command('list')
    .description('the newest first; open ones unless --state or --all says otherwise')
    .addOption(new Option('--state <state>', 'open, replayed, mended or discarded').choices(LETTER_STATES))
    .option('--all', 'of every state')
    .option('--json', 'the answer as it is')
    .action(async (options: Asked & { state?: string; all?: boolean }) => {
      const page = await context.client().deadLetters({ state: options.all ? undefined : (options.state ?? 'open') });
      if (options.json) return printJson(context, page);
      context.console.out(page.items.length === 0 ? 'no dead letters' : lettersTable(page.items));
      if (page.next !== null) context.console.err('there are more: decide on these first');
    });
  letters
    .command('show')
    .description('one letter; never what it holds')
    .argument('<id>')
    .option('--json', 'the answer as it is')
    .action(async (id: string, options: Asked) => print(await context.client().deadLetter(id), options.json));
  letters
    .command('replay')
    .description('process it again as it is, when what was wrong with its reader has been put right')
    .argument('<id>')
    .option('--json', 'the answer as it is')
    .action(async (id: string, options: Asked) => print(await context.client().replayDeadLetter(id), options.json));
  letters
    .command('mend')
    .description('let its origin make it anew: ask again about a chunk, build a slice again, publish policies again')
    .argument('<id>')
    .option('--json', 'the answer as it is')
    .action(async (id: string, options: Asked) => print(await context.client().mendDeadLetter(id), options.json));
  letters
    .command('discard')
    .description('give it up; households without a report because of it count as dropped')
    .argument('<id>')
    .addOption(new Option('--reason <code>', 'why').choices(DISCARD_REASONS).makeOptionMandatory())
    .option('--reference <number>', 'number of the case or ticket')
    .option('--json', 'the answer as it is')
    .action(async (id: string, { json, ...discard }: Asked & { reason: string; reference?: string }) =>
      print(await context.client().discardDeadLetter(id, discard), json),
    );
}

function aboutText({ about }: DeadLetterView): string {
  switch (about.kind) {
    case 'chunk':
      return about.place === null ? `chunk ${about.chunkId}` : `chunk ${about.chunkId}, household ${about.place}`;
    case 'slice':
      return `${about.source}/${about.recordType}${about.person === null ? '' : `, person ${about.person.slice(0, 8)}…`}`;
    case 'policies':
      return 'policies';
    case 'nothing':
      return 'unknown';
  }
}

export function lettersTable(letters: readonly DeadLetterView[]): string {
  const table = new Table({
    head: ['id', 'at', 'consumer', 'about', 'reason', 'state'],
    style: { head: [], border: [] },
  });
  for (const letter of letters) {
    table.push([letter.id, letter.at.slice(0, 19), letter.consumer, aboutText(letter), letter.reason, letter.state]);
  }
  return table.toString();
}

/** One letter, a line for each thing that is known of it. */
export function letterText(letter: DeadLetterView): string {
  const { id, state, decidedBy, decidedAt, decision, offset } = letter;
  const acts = [letter.replayable ? 'replay' : '', letter.mendable ? 'mend' : '', 'discard'].filter(Boolean);
  const decided = decidedBy === null ? '' : ` by ${decidedBy} at ${decidedAt}`;
  const why = decision === null ? '' : ` (${[decision.reason, decision.reference].filter(Boolean).join(', ')})`;
  return [
    `${id} ${state}${decided}${why}`,
    `  reason       ${letter.reason}`,
    `  about        ${aboutText(letter)}`,
    `  origin       ${letter.topic}/${letter.partition}${offset === null ? '' : ` at ${offset}`}, refused by ${letter.consumer}`,
    `  message      ${letter.eventType ?? 'unreadable'}, ${letter.size} bytes, correlation ${letter.correlationId ?? 'unknown'}`,
    `  came         ${letter.at}${letter.times > 1 ? `, ${letter.times} times` : ''}`,
    ...(state === 'discarded' ? [] : [`  may be done  ${acts.join(', ')}`]),
  ].join('\n');
}
