import type { Client } from '@hedui/postgres';
import { countHeldRecords, countHeldSlots, gatherHeld, restoreHeld, stageRepeated } from '../db/held.js';
import type { LoadRow } from '../db/loads.js';
import { supersedeEarlierRows } from '../db/staging.js';
import type { Writing } from '../db/writing.js';

/** Rows of a file that lie in recognised blocks. */
export interface HeldRows {
  /** How many of them are not staged. */
  rows: number;
  /** Rows found to be replaced by later ones of the file. */
  superseded: number;
  /** Some of their records bear another scope than the load's. */
  foreign: boolean;
}

/**
 * Makes `held` say which records stand as the load's recognised blocks have them. That was so when the file was read; what other loads changed
 * since is staged, as if it had been read. Every held slot is looked for: throws when a row is nowhere, and nothing is written then.
 */
export async function takeHeld(client: Client, w: Writing, { knownAtSeq }: LoadRow): Promise<HeldRows> {
  const held = { rows: await gatherHeld(client, w.no, knownAtSeq !== null), superseded: 0, foreign: false };
  if (held.rows === 0) return held;
  let found = await countHeldRecords(client, w);
  if (found.live !== (await countHeldSlots(client))) {
    held.rows -= await restoreHeld(client, w);
    held.superseded += await supersedeEarlierRows(client, w.no);
    found = await countHeldRecords(client, w);
    if (found.live !== (await countHeldSlots(client))) throw new Error('rows of recognised blocks are missing');
  }
  held.foreign = found.foreign > 0;
  return held;
}

/** Record ids that stand in recognised blocks and in other rows of the file: the later row wins, as always. */
export async function resolveRepeated(client: Client, w: Writing, held: HeldRows): Promise<void> {
  held.rows -= await stageRepeated(client, w);
  held.superseded += await supersedeEarlierRows(client, w.no);
}
