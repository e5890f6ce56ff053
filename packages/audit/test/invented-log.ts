import type { AuditRecord } from '@hedui/contracts';
import { newAuditKey } from '../src/keys.js';
import { canonical } from '../src/proof/canonical.js';
import { type AuditKey, type CheckpointStatement, sha256Hex, signStatement } from '../src/proof/checkpoint.js';
import { growingTree } from '../src/proof/growing-tree.js';
import { EXPORT_FORMAT, GENESIS, recordHash } from '../src/proof/records.js';

/** An export of a log that was never in a database, line by line without line feeds. */
export interface InventedPart {
  lines: string[];
  /** Numbers of the lines, from 0, by kind. */
  entryLines: number[];
  checkpointLines: number[];
  key: AuditKey;
}

const START = Date.UTC(2026, 10, 1);

export function inventPart(
  log: string,
  entries: number,
  { before = sha256Hex(''), part = 1, parts = 1, every = 25, key = newAuditKey() } = {},
): InventedPart {
  const { id, x } = key;
  const lines = [canonical({ header: { before, format: EXPORT_FORMAT, keys: [{ id, x }], log, part, parts } })];
  const entryLines: number[] = [];
  const checkpointLines: number[] = [];
  const tree = growingTree();
  let head = GENESIS;
  let previous = 0;
  const statement = (): CheckpointStatement => ({
    at: new Date(START + tree.size() * 1000).toISOString(),
    head,
    key: id,
    log,
    previous,
    root: tree.root().toString('hex'),
    size: tree.size(),
  });
  for (let seq = 1; seq <= entries; seq++) {
    const record: AuditRecord = {
      at: new Date(START + seq * 1000).toISOString(),
      entry: {
        action: seq % 3 === 0 ? 'report.export' : 'report.read',
        actor: { subject: `reviewer-${seq % 7}`, roles: ['reviewer'], department: null },
        correlationId: `c-${seq}`,
        covers: seq % 3 === 0 ? { count: seq, root: sha256Hex(String(seq)) } : null,
        details: { batch: `batch-${seq % 11}`, pages: seq, whole: seq % 2 === 0, note: null },
        object: { kind: 'report', id: `R${seq}` },
        purpose: 'assistance',
        region: '520100',
      },
      previous: head,
      seq,
    };
    const hash = recordHash(record);
    head = hash.toString('hex');
    tree.add(hash);
    entryLines.push(lines.length);
    lines.push(canonical({ hash: head, record }));
    if (seq % every === 0) {
      checkpointLines.push(lines.length);
      lines.push(canonical({ checkpoint: { ...signStatement('checkpoint', statement(), key) } }));
      previous = seq;
    }
  }
  const content = sha256Hex(`${lines.join('\n')}\n`);
  const tail = { ...signStatement('tail', { ...statement(), content, before, part, parts }, key) };
  lines.push(canonical({ tail }));
  return { lines, entryLines, checkpointLines, key };
}

export const bytesOf = (lines: readonly string[]): Uint8Array[] => [Buffer.from(`${lines.join('\n')}\n`)];
