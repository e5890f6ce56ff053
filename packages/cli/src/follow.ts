import { setTimeout as delay } from 'node:timers/promises';
import type { Batch, Load } from '@hedui/contracts';
import { type Client, ServiceRefused, ServiceUnreachable } from './client.js';

/**
 * Streams that broke off in a row before a follower gives up. A call that fails is not made again here: the client has tried it
 * for as long as its patience lasts.
 */
const PATIENCE = 30;

/**
 * Follows a load until it is `applied`, `refused`, waits for a confirmation, or (with `until: 'stored'`) is stored.
 * `onChange` gets every state seen.
 */
export async function followLoad(
  client: Client,
  first: Load,
  until: 'stored' | 'applied',
  onChange: (load: Load) => void = () => {},
): Promise<Load> {
  let load = first;
  for (let pause = 50; !settled(load, until); pause = Math.min(pause * 1.5, 1000)) {
    await delay(pause);
    load = await client.load(load.id);
    onChange(load);
  }
  return load;
}

function settled(load: Load, until: 'stored' | 'applied'): boolean {
  if (load.state === 'applied' || load.state === 'refused' || load.waitingFor !== null) return true;
  return until === 'stored' && load.state === 'stored';
}

/** Follows a batch by its events until it is done or cancelled; a lost stream is opened again. */
export async function followBatch(
  client: Client,
  first: Batch,
  onChange: (batch: Batch) => void = () => {},
): Promise<Batch> {
  let batch = first;
  for (let misses = 0; batch.state !== 'done' && batch.state !== 'cancelled'; ) {
    try {
      for await (const seen of client.batchEvents(batch.id)) {
        batch = seen;
        misses = 0;
        onChange(batch);
      }
      if (batch.state === 'done' || batch.state === 'cancelled') break;
      batch = await client.batch(batch.id);
      onChange(batch);
    } catch (error) {
      if (error instanceof ServiceRefused || error instanceof ServiceUnreachable) throw error;
      if (++misses > PATIENCE) throw error;
    }
    await delay(500);
  }
  return batch;
}
