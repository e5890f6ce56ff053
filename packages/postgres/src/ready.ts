import { createHash } from 'node:crypto';
import type { QueryConfig } from 'pg';

/**
 * A statement that each connection reads and plans once and keeps ready: for those that run all day and find their rows by a key. Not for one
 * whose best plan depends on its values, or that looks into a table which grows from nothing to a million rows within a minute: the plan
 * made for the small table would stay until statistics are taken. It names its columns: what a migration adds beside them must not change
 * what it gives.
 */
export function ready(text: string): (values: unknown[]) => QueryConfig {
  const name = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return (values) => ({ name, text, values });
}
