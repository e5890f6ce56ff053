import pg from 'pg';
import type { Scene } from '../cases/scene.js';
import type { Breach } from '../checker/judgement.js';
import type { World } from '../world/world.js';

export interface Plant {
  invariant: Breach['invariant'];
  title: string;
  /** Plants it; what it gives takes it out again. */
  plant(scene: Scene): Promise<() => Promise<void>>;
}

/** Works on a database of the world. */
export async function on<T>(world: World, database: string, work: (db: pg.Client) => Promise<T>): Promise<T> {
  const db = new pg.Client({ connectionString: world.databaseUrl(database) });
  await db.connect();
  try {
    return await work(db);
  } finally {
    await db.end();
  }
}
