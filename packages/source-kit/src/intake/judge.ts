import { ruleText } from '@hedui/contracts';
import { type ColumnSpec, compileRow, type RawRow } from '@hedui/tables';
import type { NewReject } from '../db/rejects.js';
import type { RecordTypeDefinition } from '../definition.js';
import type { PreparedRow, PrepareRow } from './pseudonymise.js';
import type { RecordIds } from './record-ids.js';

export interface JudgedRows {
  good: number;
  rejected: number;
}

/**
 * Makes the function that sorts the rows of a batch into good ones and faults, of which a row may have several; each is handed on as soon as it is
 * ready, so that none has to be kept. A rejected row whose record id can be read carries it as `ref`: it holds its record as it was.
 */
export function judgeRows(
  type: RecordTypeDefinition,
  prepare: PrepareRow,
  ids: Pick<RecordIds, 'atRest'>,
): (rows: readonly RawRow[], take: (row: PreparedRow) => void, refuse: (fault: NewReject) => void) => JudgedRows {
  const judge = compileRow(type.columns);
  const judgeId = compileRow(type.columns.slice(0, 1));
  const idColumn: ColumnSpec | undefined = type.columns[0];
  return (rows, take, refuse) => {
    const judged: JudgedRows = { good: 0, rejected: 0 };
    for (const row of rows) {
      const result = judge(row);
      const id = result.ok ? result.values[0] : readableId(row);
      // Neither can be kept as text by the database, and neither is an id that somebody writes.
      const unwritable = typeof id === 'string' && /[\0\uD800-\uDFFF]/u.test(id);
      if (result.ok && !unwritable) {
        take(prepare(row.line, result.values));
        judged.good++;
        continue;
      }
      const faults = result.ok
        ? [{ column: idColumn?.name ?? null, code: 'VALUE_INVALID', rule: ruleText('VALUE_INVALID') }]
        : result.errors;
      const ref = typeof id === 'string' && !unwritable ? ids.atRest(id) : null;
      judged.rejected++;
      for (const fault of faults) refuse({ line: row.line, ref, ...fault });
    }
    return judged;
  };

  function readableId(row: RawRow): unknown {
    const result = judgeId(row.malformed ? { ...row, malformed: false } : row);
    return result.ok ? result.values[0] : null;
  }
}
