/** Defects as a faulty service would leave them, put into the data of a healthy world. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { on, type Plant } from './plant.js';
import { markedTooEarly, offsetTooEarly } from './too-early.js';

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
