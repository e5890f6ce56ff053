/** One thing that is not as it must be: which invariant, what, and where. Never a name or a number of a person. */
export interface Breach {
  invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5';
  what: string;
}

/** Gathers breaches; of many alike the first few are told and the rest counted. */
export class Judgement {
  private readonly found = new Map<string, { breach: Breach; times: number }>();

  breach(invariant: Breach['invariant'], kind: string, where: string): void {
    const key = `${invariant} ${kind}`;
    const known = this.found.get(key);
    if (known) known.times++;
    else this.found.set(key, { breach: { invariant, what: `${kind}: ${where}` }, times: 1 });
  }

  /** Notes a breach when two values differ. */
  same(invariant: Breach['invariant'], kind: string, found: unknown, wanted: unknown): void {
    const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
    if (a !== b) this.breach(invariant, kind, `${a?.slice(0, 300)} instead of ${b?.slice(0, 300)}`);
  }

  get breaches(): Breach[] {
    return [...this.found.values()].map(({ breach, times }) =>
      times === 1 ? breach : { ...breach, what: `${breach.what} (and ${times - 1} more)` },
    );
  }

  get invariants(): Breach['invariant'][] {
    return [...new Set(this.breaches.map((breach) => breach.invariant))].sort();
  }
}
