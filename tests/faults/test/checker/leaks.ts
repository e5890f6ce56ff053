/** I5: no identity number and no name in any topic, log, cache, matcher or reporting table. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import type { Judgement } from './judgement.js';
import type { TopicReader } from './topics.js';

/** What must not be found. */
export interface Secrets {
  numbers: ReadonlySet<string>;
  names: ReadonlySet<string>;
}

const NUMBER = /[0-9]{17}[0-9Xx]|(?<![0-9])[0-9]{15}(?![0-9])/g;
const CHINESE = /\p{Script=Han}{2,}/gu;

/** True when `bytes`, read as text, hold a number or a name of the run. */
export function holdsSecret(bytes: Buffer, secrets: Secrets): boolean {
  for (const [number] of bytes.toString('latin1').matchAll(NUMBER))
    if (secrets.numbers.has(number.toUpperCase())) return true;
  for (const [run] of bytes.toString('utf8').matchAll(CHINESE)) {
    for (let from = 0; from < run.length - 1; from++)
      for (let length = 2; length <= 4 && from + length <= run.length; length++)
        if (secrets.names.has(run.slice(from, from + length))) return true;
  }
  return false;
}

/** Every table of a database, each value as its bytes. */
async function* valuesOf(url: string): AsyncGenerator<{ table: string; bytes: Buffer }> {
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  try {
    const { rows: tables } = await db.query<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
       WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    for (const { name } of tables) {
      const { rows } = await db.query<Record<string, unknown>>(`SELECT * FROM ${name}`);
      for (const row of rows)
        for (const value of Object.values(row)) {
          if (Buffer.isBuffer(value)) yield { table: name, bytes: value };
          else if (typeof value === 'string') yield { table: name, bytes: Buffer.from(value) };
          else if (value !== null && typeof value === 'object')
            yield { table: name, bytes: Buffer.from(JSON.stringify(value)) };
        }
    }
  } finally {
    await db.end();
  }
}

export async function judgeLeaks(
  judgement: Judgement,
  at: { topics: TopicReader; blindUrls: readonly string[]; logs: string },
  secrets: Secrets,
): Promise<void> {
  for (const topic of await at.topics.names()) {
    for (const message of await at.topics.read(topic))
      if (holdsSecret(message.key, secrets) || holdsSecret(message.value, secrets))
        judgement.breach('I5', `a message of ${topic} names a person`, `${message.partition}/${message.offset}`);
  }
  for (const url of at.blindUrls) {
    for await (const { table, bytes } of valuesOf(url))
      if (holdsSecret(bytes, secrets)) judgement.breach('I5', 'a table of the blind zone names a person', table);
  }
  for (const name of await readdir(at.logs)) {
    if (holdsSecret(await readFile(path.join(at.logs, name)), secrets))
      judgement.breach('I5', 'a log names a person', name);
  }
}
