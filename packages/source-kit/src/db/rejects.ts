import type { RejectedRow } from '@hedui/contracts';
import { asInteger, type Client, type CopyTarget, copyEncoded, type Queryable, rowEncoder } from '@hedui/postgres';

export interface NewReject extends RejectedRow {
  line: number;
}

const target: CopyTarget = {
  table: 'load_reject',
  columns: [
    { name: 'load_no', type: 'int8' },
    { name: 'n', type: 'int8' },
    { name: 'line', type: 'int4' },
    { name: 'ref', type: 'text' },
    { name: '"column"', type: 'text' },
    { name: 'code', type: 'text' },
    { name: 'rule', type: 'text' },
  ],
};

/** Faults in the form in which they wait to be written: a file that is wrong in every cell has seven times as many as rows. */
export interface RejectEncoder {
  /** They are numbered as they come. */
  add(reject: NewReject): void;
  /** Those since the last `take`, as bytes; null when there are none. */
  take(): Buffer | null;
  /** How many bytes were added since. */
  readonly length: number;
}

export function rejectEncoder(loadNo: number): RejectEncoder {
  const encoder = rowEncoder(target.columns);
  let n = 0;
  let taken = 0;
  return {
    add({ line, ref, column, code, rule }) {
      encoder.row([loadNo, n++, line, ref, column, code, rule]);
    },
    take() {
      if (n === taken) return null;
      taken = n;
      return encoder.take();
    },
    get length() {
      return encoder.length;
    },
  };
}

/** Adds what the encoder took to a load's reject list. */
export async function addRejects(client: Client, rejects: Buffer): Promise<void> {
  await copyEncoded(client, target, rejects);
}

export interface RejectsPage {
  items: RejectedRow[];
  /** Number of the last item, to go on from; null when the list ends here. */
  last: number | null;
}

/** Up to `limit` rejects after number `after`; a sealed id is a `ref` too, for the caller to open. */
export async function readRejects(db: Queryable, loadNo: number, after: number, limit: number): Promise<RejectsPage> {
  const { rows } = await db.query<RejectedRow & { n: string }>(
    'SELECT n, line, ref, "column", code, rule FROM load_reject WHERE load_no = $1 AND n > $2 ORDER BY n LIMIT $3',
    [loadNo, after, limit + 1],
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(({ line, ref, column, code, rule }) => ({ line, ref, column, code, rule })),
    last: rows.length > limit && last ? asInteger(last.n) : null,
  };
}
