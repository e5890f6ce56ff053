import { pack, unpack } from '@hedui/contracts';
import type { Client } from '@hedui/postgres';
import type { SourceDefinition } from '../definition.js';
import { keptPlaces, type RecordIds } from '../intake/record-ids.js';
import { resendAll } from './pending.js';

/** Ids that the rule of packages/privacy may take for sealed ones; wider than the rule, so that none is missed. */
const SUSPECT = String.raw`(record_id ~ '[^!-~]' OR record_id ~ '[g-z]' OR record_id ~ '^~1' OR record_id ~ '(\d\D{0,3}){12}' OR record_id ~ '\.\d+[Ee]' OR record_id ~ '\d\*\*')`;

/**
 * Seals the ids that a database from before holds in clear, once, and notes what was sent with them to be sent again. To be called
 * inside a transaction, before anything is applied. Returns how many ids were sealed.
 */
export async function sealIdsFromBefore(
  client: Client,
  definition: SourceDefinition,
  typeIds: ReadonlyMap<string, number>,
  ids: RecordIds,
): Promise<number> {
  const { rows } = await client.query<{ ids_sealed: boolean }>('SELECT ids_sealed FROM source_state FOR UPDATE');
  if (rows[0]?.ids_sealed !== false) return 0;
  let sealed = 0;
  for (const type of definition.recordTypes) {
    const typeId = typeIds.get(type.type);
    if (typeId === undefined) continue;
    const { freeTexts, idAt } = keptPlaces(type);
    let changed = 0;
    for (const table of ['record', 'record_version'] as const) {
      const found = await client.query<{ ctid: string; record_id: string; blind: Buffer }>(
        `SELECT ctid, record_id, blind FROM ${table} WHERE record_type = $1 AND ${SUSPECT}`,
        [typeId],
      );
      for (const { ctid, record_id: id, blind } of found.rows) {
        const stored = ids.atRest(id);
        if (stored === id) continue;
        const kept = unpack(blind) as unknown[];
        for (const at of freeTexts) {
          const text = kept[at];
          if (typeof text === 'string') kept[at] = at === idAt ? ids.atRest(text) : ids.codeInRow(text, []);
        }
        await client.query(`UPDATE ${table} SET record_id = $2, blind = $3 WHERE ctid = $1::tid`, [
          ctid,
          stored,
          pack(kept),
        ]);
        changed++;
      }
    }
    if (changed > 0) await resendAll(client, typeId);
    sealed += changed;
  }
  const rejects = await client.query<{ ref: string }>(
    `SELECT DISTINCT ref FROM load_reject WHERE ${SUSPECT.replaceAll('record_id', 'ref')}`,
  );
  for (const { ref } of rejects.rows) {
    if (ids.atRest(ref) === ref) continue;
    await client.query('UPDATE load_reject SET ref = $2 WHERE ref = $1', [ref, ids.atRest(ref)]);
  }
  await client.query('UPDATE source_state SET ids_sealed = true');
  return sealed;
}
