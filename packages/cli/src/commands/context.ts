import type { Client } from '../client.js';
import type { Console } from '../console.js';

/** Exit statuses of the command line: done; the service refused or a part failed; usage. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** What every command gets. `finish` sets the exit status; nothing calls process.exit. */
export interface Context {
  client(): Client;
  console: Console;
  finish(status: ExitStatus): void;
}

/** Prints a REST object as it is. */
export function printJson(context: Context, value: unknown): void {
  context.console.out(JSON.stringify(value, null, 2));
}
