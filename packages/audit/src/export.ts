import { createHash } from 'node:crypto';
import type { Pool } from '@hedui/postgres';
import { type AuditSigner, statementNow } from './checkpoints.js';
import { keepKey, readCheckpoints, readEntries, readKeys, type StoredCheckpoint } from './db.js';
import { canonical } from './proof/canonical.js';
import { sha256Hex, signStatement, type TailStatement } from './proof/checkpoint.js';
import { EXPORT_FORMAT } from './proof/records.js';

/** Where this log stands in a file of several; alone: part 1 of 1 after nothing. */
export interface ExportPlace {
  part: number;
  parts: number;
  /** SHA-256 of the bytes of the file before it. */
  before: string;
}

export const ALONE: ExportPlace = { part: 1, parts: 1, before: sha256Hex('') };
const ENTRIES_AT_ONCE = 500;

/**
 * The whole log up to now as NDJSON: a header with the keys, the entries in their order with the checkpoints after the entries that they
 * close, and a signed tail that knows the bytes of all that. What comes while it is read is not in it.
 */
export async function* exportLog(
  pool: Pool,
  signer: AuditSigner,
  { part, parts, before }: ExportPlace = ALONE,
): AsyncGenerator<string> {
  await keepKey(pool, signer.key.id, signer.key.x);
  const statement = await statementNow(pool, signer);
  const keys = await readKeys(pool);
  const content = createHash('sha256');
  const say = (text: string): string => {
    const line = `${text}\n`;
    content.update(line);
    return line;
  };
  yield say(canonical({ header: { before, format: EXPORT_FORMAT, keys, log: signer.log, part, parts } }));
  for (let from = 1; from <= statement.size; from += ENTRIES_AT_ONCE) {
    const to = Math.min(from + ENTRIES_AT_ONCE - 1, statement.size);
    const checkpoints = new Map(
      // One that was made after the tail's statement is not the tail's to vouch for.
      (await readCheckpoints(pool, from, Math.min(to, statement.previous))).map((one) => [one.size, one]),
    );
    let lines = '';
    for (const { seq, hash, body } of await readEntries(pool, from, to)) {
      lines += say(`{"hash":"${hash.toString('hex')}","record":${body}}`);
      const checkpoint = checkpoints.get(seq);
      if (checkpoint) lines += say(checkpointText(checkpoint));
    }
    yield lines;
  }
  const tail: TailStatement = { ...statement, content: content.digest('hex'), before, part, parts };
  const signed = signStatement('tail', tail, signer.key);
  yield `${canonical({ tail: { statement: tail, signature: signed.signature } })}\n`;
}

function checkpointText({ statement, signature }: StoredCheckpoint): string {
  return `{"checkpoint":{"signature":"${signature.toString('base64')}","statement":${statement}}}`;
}
