import type { SliceRecord } from '@hedui/contracts';
import { openTable } from '@hedui/tables';
import type { SourceDefinition } from '../../src/index.js';
import { judgeRows } from '../../src/intake/judge.js';
import { type PreparedRow, prepareRows } from '../../src/intake/pseudonymise.js';
import { createRecordIds } from '../../src/intake/record-ids.js';
import { sliceFields } from '../../src/relay/messages.js';
import { pseudonyms } from './source.js';

export interface GoldenRows {
  /** The records as they stand in the slice of each row's first person. */
  records: SliceRecord[];
  /** The same for its second person. */
  otherRecords: SliceRecord[];
  /** `line column code` of each fault. */
  faults: string[];
}

/** What a definition makes of a file, without a database. */
export async function goldenRows(definition: SourceDefinition, recordType: string, file: string): Promise<GoldenRows> {
  const type = definition.recordTypes.find((t) => t.type === recordType);
  if (!type) throw new Error(`there is no record type ${recordType}`);
  async function* body() {
    yield Buffer.from(file);
  }
  const table = await openTable(body(), { format: 'csv', columns: type.columns });
  const key = Buffer.alloc(32, 3);
  const ids = createRecordIds(key, pseudonyms);
  const judge = judgeRows(type, prepareRows(type, pseudonyms, key, ids), ids);
  const golden: GoldenRows = { records: [], otherRecords: [], faults: [] };
  for await (const batch of table.rows()) {
    const good: PreparedRow[] = [];
    const takeRow = (row: PreparedRow) => void good.push(row);
    judge(batch, takeRow, (r) => void golden.faults.push(`${r.line} ${r.column ?? '-'} ${r.code}`));
    for (const { person, other, blind } of good) {
      const record = (nameKey: Buffer, otherPersonKey: Buffer | null): SliceRecord => [
        0,
        ...sliceFields({ type, ids }, { nameKey, otherPersonKey, blind }),
      ];
      golden.records.push(record(person.nameKey, other?.personKey ?? null));
      if (other) golden.otherRecords.push(record(other.nameKey, person.personKey));
    }
  }
  return golden;
}
