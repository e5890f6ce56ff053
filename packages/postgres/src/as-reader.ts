import { type Client, inTransaction, type Pool, type TransactionOptions } from './pool.js';

/** What a transaction on behalf of a caller may see; row-level security reads it. */
export interface ReaderRights {
  /** Beginnings of region codes, digits only; the empty one is everywhere. None: nothing. */
  regionPrefixes: readonly string[];
  /** Codes of lower-case letters. None: nothing. */
  purposes: readonly string[];
  /** A department sees what is its own; null: the centre. */
  department: string | null;
}

/** What `hedui.department` says of a caller of the centre; a department is `d:` and its name. */
const CENTRE = '*';

function list(values: readonly string[], form: RegExp): string {
  const odd = values.find((value) => !form.test(value));
  if (odd !== undefined) throw new TypeError('a right has another form than the database expects');
  return values.join(',');
}

/**
 * Runs `work` in a transaction that reads on behalf of a caller, as the restricted `role`: no owner, so row-level security applies, and with
 * nothing but the reads it was granted. Role and rights end with the transaction; a connection that has none of them sees nothing as that
 * role. The service's own user must be allowed to take the role.
 */
export function asReader<T>(
  pool: Pool,
  role: string,
  rights: ReaderRights,
  work: (client: Client) => Promise<T>,
  options: Pick<TransactionOptions, 'isolation'> = {},
): Promise<T> {
  const patterns = list(
    rights.regionPrefixes.map((prefix) => `${prefix}%`),
    /^\d*%$/,
  );
  const purposes = list(rights.purposes, /^[a-z_]+$/);
  const department = rights.department === null ? CENTRE : `d:${rights.department}`;
  return inTransaction(
    pool,
    async (client) => {
      await client.query(
        `SELECT set_config('hedui.regions', $1, true), set_config('hedui.purposes', $2, true),
           set_config('hedui.department', $3, true), set_config('role', $4, true)`,
        [patterns, purposes, department, role],
      );
      return await work(client);
    },
    { ...options, readOnly: true },
  );
}
