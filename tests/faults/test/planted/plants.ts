/** Defects as a faulty service would leave them, put into the data of a healthy world. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import type { Scene } from '../cases/scene.js';
import type { Breach } from '../checker/judgement.js';
import { gone } from '../world/copies.js';
import { loadFile, nextDay } from '../world/town.js';
import type { World } from '../world/world.js';

export interface Plant {
  invariant: Breach['invariant'];
  title: string;
  /** Plants it; what it gives takes it out again. */
  plant(scene: Scene): Promise<() => Promise<void>>;
}

async function on<T>(world: World, database: string, work: (db: pg.Client) => Promise<T>): Promise<T> {
  const db = new pg.Client({ connectionString: world.databaseUrl(database) });
  await db.connect();
  try {
    return await work(db);
  } finally {
    await db.end();
  }
}

/** Something that a statement changed and another one puts back. */
function changed(title: string, invariant: Plant['invariant'], database: string, there: string, back: string): Plant {
  return {
    invariant,
    title,
    async plant({ world }) {
      await on(world, database, (db) => db.query(there));
      return async () => {
        await on(world, database, (db) => db.query(back));
      };
    },
  };
}

/** The same for tables whose triggers forbid any change: whoever owns the database can turn them off. */
const unguarded = (table: string, sql: string): string =>
  `BEGIN; ALTER TABLE ${table} DISABLE TRIGGER USER; ${sql}; ALTER TABLE ${table} ENABLE TRIGGER USER; COMMIT`;

/** The position of the matcher is moved past slices that it never applied, as if it were committed before the work. */
const offsetTooEarly: Plant = {
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
const markedTooEarly: Plant = {
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

/** A log into which somebody wrote a name. */
const nameInLog: Plant = {
  invariant: 'I5',
  title: 'a name is written to a log',
  async plant({ town, world }) {
    const file = path.join(world.home, 'logs', 'reporting.log');
    const before = await readFile(file);
    const [name] = town.secrets.names;
    const packed = Buffer.from(`household of ${name}`).toString('base64');
    await appendFile(file, `{"level":"info","msg":"${packed}"}\n`);
    return () => writeFile(file, before);
  },
};

/** A message that carries a number. */
const numberOnTopic: Plant = {
  invariant: 'I5',
  title: 'an identity number is sent on a topic',
  async plant({ town, world }) {
    const [number] = town.secrets.numbers;
    const { rows } = await on(world, 'hedui_log', (db) =>
      db.query<{ before: Buffer; id: number; place: string }>(
        `SELECT m.value AS before, m.topic_id AS id, m.message_offset AS place FROM log_message m
         JOIN log_topic t ON t.id = m.topic_id WHERE t.name = 'hedui.policies' LIMIT 1`,
      ),
    );
    const [row] = rows;
    if (!row) throw new Error('there is no message');
    const write = (value: Buffer) =>
      on(world, 'hedui_log', (db) =>
        db.query('UPDATE log_message SET value = $1 WHERE topic_id = $2 AND message_offset = $3', [
          value,
          row.id,
          row.place,
        ]),
      );
    await write(Buffer.concat([row.before, Buffer.from(String(number), 'utf16le')]));
    return async () => {
      await write(row.before);
    };
  },
};

const ENTRY = '(SELECT seq FROM audit_head) - 1';

export const PLANTS: readonly Plant[] = [
  offsetTooEarly,
  markedTooEarly,
  changed(
    'a report is stored twice',
    'I2',
    'hedui_verification',
    `CREATE TABLE planted AS SELECT * FROM chunk_report LIMIT 1;
     ALTER TABLE chunk_report DROP CONSTRAINT chunk_report_pkey;
     INSERT INTO chunk_report SELECT * FROM planted`,
    `DELETE FROM chunk_report WHERE chunk_no = (SELECT chunk_no FROM planted);
     INSERT INTO chunk_report SELECT * FROM planted;
     ALTER TABLE chunk_report ADD CONSTRAINT chunk_report_pkey PRIMARY KEY (chunk_no);
     DROP TABLE planted`,
  ),
  changed(
    'a count is off by one',
    'I3',
    'hedui_verification',
    'UPDATE batch SET reports = reports - 1',
    'UPDATE batch SET reports = reports + 1',
  ),
  changed(
    'a household is missing from the ledger',
    'I3',
    'hedui_reporting',
    `CREATE TABLE planted AS SELECT * FROM ledger LIMIT 1;
     DELETE FROM ledger l USING planted p WHERE l.chunk_no = p.chunk_no AND l.index = p.index`,
    'INSERT INTO ledger SELECT * FROM planted; DROP TABLE planted',
  ),
  changed(
    'an entry of the audit log is gone',
    'I4',
    'hedui_verification',
    unguarded(
      'audit_entry',
      `CREATE TABLE planted AS SELECT * FROM audit_entry WHERE seq = ${ENTRY};
       DELETE FROM audit_entry e USING planted p WHERE e.seq = p.seq`,
    ),
    unguarded('audit_entry', 'INSERT INTO audit_entry SELECT * FROM planted; DROP TABLE planted'),
  ),
  changed(
    'an entry of the audit log says something else',
    'I4',
    'hedui_verification',
    unguarded(
      'audit_entry',
      `CREATE TABLE planted AS SELECT * FROM audit_entry WHERE seq = 2;
       UPDATE audit_entry SET body = replace(body, '"at":"2', '"at":"1') WHERE seq = 2`,
    ),
    unguarded(
      'audit_entry',
      'UPDATE audit_entry e SET body = p.body FROM planted p WHERE e.seq = p.seq; DROP TABLE planted',
    ),
  ),
  nameInLog,
  numberOnTopic,
];
