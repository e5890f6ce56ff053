import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { BlockMemory } from '@hedui/tables';
import type { RecordTypeDefinition } from '../definition.js';
import { rulesEdition } from './edition.js';
import { HASH_BYTES, type KnownBlocks, type Slots } from './known-blocks.js';

/** Rows that a load need not be told anew: they stand where these slots say. */
export interface HeldSlots extends Slots {
  /** Physical line where the first of them, or the block that they came in, begins: rows of others stand before it or behind them all. */
  readonly line: number;
}

/** A block that is not known: its hash, and where its rows stand in what the load brings. */
export interface NewBlock extends Slots {
  readonly hash: Buffer;
}

export interface LoadBlocks extends BlockMemory {
  /** Rows of known blocks so far. */
  readonly heldRows: number;
  /** The slots of known blocks since the last `take`, neighbours joined. */
  take(): HeldSlots[];
}

/**
 * Recognises the blocks of a file. Their hashes are keyed, because rows hold document numbers, and hold all that a row's record depends on but
 * its bytes: the record type and its definition, the scope, the encoding, the header, and the edition of the rules, so that nothing
 * judged by other rules is taken over.
 */
export function loadBlocks(
  digestKey: Buffer,
  type: RecordTypeDefinition,
  scopePrefix: string,
  known: KnownBlocks,
): LoadBlocks {
  let key: KeyObject | null = null;
  let held: HeldSlots[] = [];
  let heldRows = 0;
  /** Line behind the last known block. */
  let endLine = 0;
  return {
    get heldRows() {
      return heldRows;
    },
    begin(context) {
      const about = JSON.stringify(['blocks', rulesEdition(), type, scopePrefix, context]);
      key = createSecretKey(createHmac('sha256', digestKey).update(about).digest());
    },
    recognise(bytes, line, lines) {
      if (key === null) throw new Error('the context of a block is not known');
      const hash = createHmac('sha256', key).update(bytes).digest().subarray(0, HASH_BYTES);
      const slots = known.find(hash);
      if (slots === null) return hash;
      for (const piece of slots) {
        const last = line === endLine || piece !== slots[0] ? held.at(-1) : undefined;
        heldRows += piece.rows;
        if (last && last.chunk === piece.chunk && last.firstAt + last.rows === piece.firstAt) {
          held[held.length - 1] = { ...last, rows: last.rows + piece.rows };
        } else {
          held.push({ ...piece, line });
        }
      }
      endLine = line + lines;
      return null;
    },
    take() {
      const taken = held;
      held = [];
      return taken;
    },
  };
}
