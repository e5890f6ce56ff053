/** Work that is noted as done before it is. */
import path from 'node:path';
import { gone } from '../world/copies.js';
import { loadFile, nextDay } from '../world/town.js';
import type { World } from '../world/world.js';
import { on, type Plant } from './plant.js';

/** The position of the matcher is moved past slices that it never applied, as if it were committed before the work. */
export const offsetTooEarly: Plant = {
  invariant: 'I1',
  title: 'an offset is committed before the work is done',
  async plant(scene) {
    const { world } = scene;
    const topic = 'hedui.source.tax.income';
    const pid = world.signal('matcher', 'SIGSTOP');
    const { town, load } = await nextDay(scene.town, 'income', scene.random);
    const { source, type, file, scope, asOf, mode } = load;
    const words = ['source', 'load', source, type, path.join(town.folder, file), '--scope', scope, '--as-of', asOf];
    const sent = await world.hedui(...words, '--mode', mode, '--confirm-withdrawals', '--no-wait');
    if (sent.status !== 0) throw new Error(sent.err);
    const ends = await allSent(world, topic);
    const before = await on(world, 'hedui_matcher', (db) =>
      db.query<{ partition: number; next_offset: string }>(
        'SELECT partition, next_offset FROM log_position WHERE topic = $1',
        [topic],
      ),
    );
    const move = (to: readonly { partition: number; next: string }[]) =>
      on(world, 'hedui_matcher', async (db) => {
        for (const { partition, next } of to)
          await db.query('UPDATE log_position SET next_offset = $1 WHERE topic = $2 AND partition = $3', [
            next,
            topic,
            partition,
          ]);
      });
    const restart = async (old: number) => {
      process.kill(old, 'SIGKILL');
      await gone(old);
      await world.restarted('matcher', old);
    };
    await move(ends);
    await restart(pid);
    scene.town = town;
    return async () => {
      // Stopped first: what it is told in the middle of its work it would overwrite.
      const old = world.signal('matcher', 'SIGSTOP');
      await move(before.rows.map(({ partition, next_offset }) => ({ partition, next: next_offset })));
      await restart(old);
      await loadFile(world, town, load);
    };
  },
};

/** Resolves when a source has nothing left to send: the ends of the topic's partitions. */
async function allSent(world: World, topic: string): Promise<{ partition: number; next: string }[]> {
  const ends = () =>
    on(world, 'hedui_log', (db) =>
      db.query<{ partition: number; next: string }>(
        `SELECT p.partition, p.next_offset AS next FROM log_partition p JOIN log_topic t ON t.id = p.topic_id
         WHERE t.name = $1 ORDER BY 1`,
        [topic],
      ),
    );
  const waiting = () =>
    on(world, 'hedui_tax', (db) => db.query<{ n: string }>('SELECT count(*) AS n FROM slice_pending'));
  const states = () =>
    on(world, 'hedui_tax', (db) => db.query<{ n: string }>(`SELECT count(*) AS n FROM load WHERE state = 'received'`));
  for (let attempt = 0; attempt < 600; attempt++) {
    if ((await waiting()).rows[0]?.n === '0' && (await states()).rows[0]?.n === '0') {
      const first = JSON.stringify((await ends()).rows);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      const { rows } = await ends();
      if (JSON.stringify(rows) === first) return rows;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the source never finishes sending');
}

/** The source notes slices as sent that it has not sent. */
export const markedTooEarly: Plant = {
  invariant: 'I1',
  title: 'an outbox row is marked before the send',
  async plant(scene) {
    const { world } = scene;
    const stored = { statement: '^commit', in: "state = 'stored'", at: 'after', action: 'freeze' } as const;
    await world.plan('vehicle-source', stored);
    const { town, load } = await nextDay(scene.town, 'registration', scene.random);
    const loading = loadFile(world, town, load);
    const pid = await world.happened('vehicle-source');
    const lost = await on(world, 'hedui_vehicle', (db) =>
      db.query<{ row: unknown }>('DELETE FROM slice_pending p RETURNING to_jsonb(p) AS row'),
    );
    if (lost.rows.length === 0) throw new Error('there was nothing to be marked');
    process.kill(pid, 'SIGCONT');
    await loading;
    scene.town = town;
    return async () => {
      await on(world, 'hedui_vehicle', (db) =>
        db.query('INSERT INTO slice_pending SELECT * FROM jsonb_populate_recordset(NULL::slice_pending, $1)', [
          JSON.stringify(lost.rows.map(({ row }) => row)),
        ]),
      );
      await world.restarted('vehicle-source', world.kill('vehicle-source'));
      const next = await nextDay(scene.town, 'registration', scene.random);
      await loadFile(world, next.town, next.load);
      scene.town = next.town;
    };
  },
};
