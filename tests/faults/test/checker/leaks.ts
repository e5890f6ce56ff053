/** I5: no identity number and no name in any topic, log, cache, matcher or reporting table, however it is packed. */
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import pg from 'pg';
import type { Judgement } from './judgement.js';
import type { TopicReader } from './topics.js';

/** What must not be found. */
export interface Secrets {
  numbers: ReadonlySet<string>;
  names: ReadonlySet<string>;
}

const AT_ONCE = 2_000;

/** A place, and bytes that were found there. */
interface Piece {
  where: string;
  bytes: Buffer;
}

/** Searches in a thread of its own, which knows what was clean before. */
class Search {
  private static readonly searches = new WeakMap<Secrets, Search>();
  private readonly worker: Worker;
  private readonly waiting = new Map<number, (found: boolean[]) => void>();
  private count = 0;

  private constructor(secrets: Secrets) {
    this.worker = new Worker(path.join(__dirname, 'search.mjs'), { workerData: secrets });
    this.worker.unref();
    this.worker.on('message', ({ id, found }: { id: number; found: boolean[] }) => {
      this.waiting.get(id)?.(found);
      this.waiting.delete(id);
    });
    this.worker.on('error', (error) => {
      throw error;
    });
  }

  static of(secrets: Secrets): Search {
    const known = Search.searches.get(secrets) ?? new Search(secrets);
    Search.searches.set(secrets, known);
    return known;
  }

  /** The places of the pieces that name somebody. */
  async find(pieces: readonly Piece[]): Promise<string[]> {
    const found: string[] = [];
    for (let from = 0; from < pieces.length; from += AT_ONCE) {
      const some = pieces.slice(from, from + AT_ONCE);
      const id = this.count++;
      const answer = new Promise<boolean[]>((resolve) => this.waiting.set(id, resolve));
      this.worker.ref();
      this.worker.postMessage({ id, pieces: some.map(({ bytes }) => bytes) });
      for (const [i, one] of (await answer).entries()) if (one) found.push(some[i]?.where ?? '');
      this.worker.unref();
    }
    return found;
  }
}

/** Every table of a database, each value as its bytes. */
async function* valuesOf(url: string): AsyncGenerator<{ table: string; bytes: Buffer }> {
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  try {
    const { rows: tables } = await db.query<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
       WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
         AND table_name <> 'log_message'`,
    );
    for (const { name } of tables) {
      const { rows } = await db.query<Record<string, unknown>>(`SELECT * FROM ${name}`);
      for (const row of rows) {
        const texts: string[] = [];
        for (const value of Object.values(row)) {
          if (Buffer.isBuffer(value)) yield { table: name, bytes: value };
          else if (value !== null) texts.push(typeof value === 'string' ? value : JSON.stringify(value));
        }
        yield { table: name, bytes: Buffer.from(texts.join('\n')) };
      }
    }
  } finally {
    await db.end();
  }
}

/** Everything that Redis keeps, as its protocol gives it. */
async function cached(url: string): Promise<Buffer> {
  const { hostname, port } = new URL(url);
  const ask = (commands: readonly string[]): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write([...commands, 'QUIT', ''].join('\r\n')));
      const pieces: Buffer[] = [];
      socket.on('data', (piece) => pieces.push(piece));
      socket.on('end', () => resolve(Buffer.concat(pieces)));
      socket.on('error', reject);
    });
  const keys = await ask(['KEYS *']);
  const names = keys
    .toString('latin1')
    .split('\r\n')
    .filter((line) => /^[^+$*:-]\S*$/.test(line));
  return Buffer.concat([
    keys,
    await ask(names.flatMap((name) => [`GET ${name}`, `HGETALL ${name}`, `LRANGE ${name} 0 -1`])),
  ]);
}

export interface LeakPlaces {
  topics: TopicReader;
  blindUrls: readonly string[];
  logs: string;
  redisUrl: string | null;
}

export async function judgeLeaks(judgement: Judgement, at: LeakPlaces, secrets: Secrets): Promise<void> {
  const search = Search.of(secrets);
  const told = async (kind: string, pieces: readonly Piece[]) => {
    for (const where of await search.find(pieces)) judgement.breach('I5', kind, where);
  };
  for (const topic of await at.topics.names()) {
    const pieces: Piece[] = [];
    for (const { key, offset, partition, value } of await at.topics.read(topic)) {
      const where = `${partition}/${offset}`;
      pieces.push({ where, bytes: key }, { where, bytes: value });
    }
    await told(`a message of ${topic} names a person`, pieces);
  }
  for (const url of at.blindUrls) {
    const pieces: Piece[] = [];
    for await (const { table, bytes } of valuesOf(url)) pieces.push({ where: table, bytes });
    await told('a table of the blind zone names a person', pieces);
  }
  for (const name of await readdir(at.logs)) {
    const text = await readFile(path.join(at.logs, name), 'latin1');
    await told(
      'a log names a person',
      text.split('\n').map((line) => ({ where: name, bytes: Buffer.from(line, 'latin1') })),
    );
  }
  if (at.redisUrl !== null)
    await told('the cache names a person', [{ where: 'Redis', bytes: await cached(at.redisUrl) }]);
}
