import { SingleBar } from 'cli-progress';
import { ServiceRefused } from './client.js';

/** Where a command writes: results to `out`, everything for people on the way to `err`. */
export interface Console {
  out(text: string): void;
  err(text: string): void;
  /** True when `err` is a terminal: progress bars there, plain lines in a pipe. */
  readonly terminal: boolean;
}

export const processConsole: Console = {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  get terminal() {
    return process.stderr.isTTY === true;
  },
};

export interface Progress {
  /** Both in the unit of the label; a line is printed at each tenth when there is no terminal. */
  update(done: number, total: number): void;
  end(): void;
}

export function startProgress(console: Console, label: string): Progress {
  if (!console.terminal) {
    let tenth = -1;
    return {
      update(done, total) {
        const now = total > 0 ? Math.floor((done / total) * 10) : 0;
        if (now === tenth) return;
        tenth = now;
        console.err(`${label}: ${done} of ${total} (${now * 10}%)`);
      },
      end() {},
    };
  }
  const bar = new SingleBar({
    format: `${label} {bar} {percentage}% | {value} of {total} | {duration_formatted}`,
    stream: process.stderr,
    hideCursor: true,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });
  let started = false;
  return {
    update(done, total) {
      if (!started) bar.start(Math.max(total, 1), done);
      started = true;
      bar.setTotal(Math.max(total, 1));
      bar.update(done);
    },
    end() {
      if (started) bar.stop();
    },
  };
}

/** What a person needs of an error: code, title, detail, then each place and rule. */
export function explain(error: unknown): string {
  if (error instanceof ServiceRefused) {
    const { code, title, detail, errors } = error.problem;
    const places = (errors ?? []).slice(0, 20).map((e) => {
      const place = [e.line === null ? '' : `line ${e.line}`, e.column ?? ''].filter(Boolean).join(', ');
      return `  ${place ? `${place}: ` : ''}${e.code} ${e.rule}`;
    });
    if ((errors?.length ?? 0) > 20) places.push(`  … and ${(errors?.length ?? 0) - 20} more`);
    return [`${code}: ${title}`, ...(detail ? [`  ${detail}`] : []), ...places].join('\n');
  }
  return error instanceof Error ? error.message : String(error);
}
