/** The outcome of a step: what to print (further lines are indented below), and what goes on from here. */
export interface Told<T> {
  told: string;
  value: T;
}

/** What the operator sees: one line per step with its time. */
export interface Lines {
  /** Plain text. */
  say(text: string): void;
  /** Runs a step and prints its line. */
  step<T>(name: string, work: () => Promise<Told<T>>): Promise<T>;
}

export function createLines(write: (text: string) => void, now: () => number = Date.now): Lines {
  return {
    say: (text) => write(`${text}\n`),
    async step(name, work) {
      const since = now();
      const { told, value } = await work();
      const [first = '', ...more] = told.split('\n');
      const seconds = `${((now() - since) / 1000).toFixed(1)} s`;
      write(`${name.padEnd(10)} ${first.padEnd(80)} ${seconds.padStart(7)}\n`);
      for (const line of more) write(`${' '.repeat(11)}${line}\n`);
      return value;
    },
  };
}
