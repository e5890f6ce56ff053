import type { RejectedRow } from '@hedui/contracts';
import { asInteger, type Client, type CopyTarget, copyRows, type Queryable } from '@hedui/postgres';

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

/** Adds faults to a load's reject list; the first gets the number `n`. */
export async function addRejects(
  client: Client,
  loadNo: number,
  n: number,
  rejects: readonly NewReject[],
): Promise<void> {
  if (rejects.length === 0) return;
  const rows = rejects.map((r, i) => [loadNo, n + i, r.line, r.ref, r.column, r.code, r.rule]);
  await copyRows(client, target, [rows]);
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
