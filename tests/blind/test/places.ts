import { readdir, readFile, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { RECORD_TYPES, recordTopic, TOPICS } from '@hedui/contracts';
import { createEventLog, type LogBatch } from '@hedui/event-log';
import { createLogger } from '@hedui/logging';
import { createPool } from '@hedui/postgres';
import { eventually } from '@hedui/testing';
import type { Piece } from './scan.js';

/** Where an installation's parts are: what the launcher writes to `run/parts.json` of its home. */
export interface PartsOfInstallation {
  databases: Readonly<Record<string, string>>;
  log: { kind: 'kafka' | 'postgres'; brokers: string[]; url: string | null };
  redisUrl: string | null;
}

const logger = createLogger('scan', 'silent');
const TOPIC_NAMES = [
  ...Object.values(TOPICS).map(({ name }) => name),
  ...RECORD_TYPES.map(({ source, type }) => recordTopic(source, type).name),
];

/** Every message of every topic, keys and values. Holds no more than a batch of each of a few partitions at once. */
export async function* topicPieces(log: PartsOfInstallation['log']): AsyncGenerator<Piece> {
  const events = await createEventLog(
    log.kind === 'kafka'
      ? { HEDUI_LOG: 'kafka', KAFKA_BROKERS: log.brokers }
      : { HEDUI_LOG: 'postgres', EVENT_LOG_URL: log.url ?? '' },
    { logger, clientId: 'scan' },
  );
  const batches: { batch: LogBatch; taken: () => void }[] = [];
  let ended = false;
  try {
    const known = await Promise.all(
      // A capability that is not used has no topic.
      TOPIC_NAMES.map((topic) => events.offsets(topic).catch(() => [])),
    );
    const ends = new Map(
      known.flat().flatMap(({ topic, partition, start, end }) => (end > start ? [[`${topic}/${partition}`, end]] : [])),
    );
    const consumer = await events.consume({
      group: `scan-${process.pid}-${Date.now()}`,
      topics: [...new Set(known.flat().map(({ topic }) => topic))],
      positions: async () => [],
      // A batch waits until it is searched: of a partition no more is read meanwhile.
      handler: (batch) => new Promise((taken) => (ended ? taken() : batches.push({ batch, taken }))),
    });
    while (ends.size > 0) {
      await eventually(() => batches.length > 0, { within: 600_000, every: 5, what: 'more of the topics read' });
      for (let one = batches.shift(); one; one = batches.shift()) {
        const { topic, partition, next, messages } = one.batch;
        const place = `topic ${topic}`;
        for (const { key, value } of messages) {
          yield { place, bytes: key };
          yield { place, bytes: value };
        }
        const end = ends.get(`${topic}/${partition}`);
        if (end !== undefined && next >= end) ends.delete(`${topic}/${partition}`);
        one.taken();
      }
    }
    await consumer.close();
  } finally {
    ended = true;
    for (const { taken } of batches) taken();
    await events.close();
  }
}

const ROWS = 5_000;

/** Every column of every row of every table of a database. */
export async function* tablePieces(
  database: string,
  url: string,
  without: readonly string[] = [],
): AsyncGenerator<Piece> {
  const pool = createPool({ url, name: 'scan', max: 2, logger });
  try {
    const tables = await pool.query<{ name: string }>(
      `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
    );
    for (const { name } of tables.rows) {
      const place = `table ${database} ${name}`;
      if (without.some((one) => name.endsWith(`.${one}`))) continue;
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await client.query(`DECLARE all_rows NO SCROLL CURSOR FOR SELECT * FROM ${name}`);
        for (;;) {
          const { rows } = await client.query<Record<string, unknown>>(`FETCH ${ROWS} FROM all_rows`);
          if (rows.length === 0) break;
          const texts: string[] = [];
          for (const row of rows) {
            for (const value of Object.values(row)) {
              if (value instanceof Uint8Array) yield { place, bytes: value };
              else if (value !== null) texts.push(typeof value === 'string' ? value : JSON.stringify(value));
            }
          }
          yield { place, bytes: Buffer.from(texts.join('\n')) };
        }
        await client.query('COMMIT');
      } finally {
        client.release();
      }
    }
  } finally {
    await pool.end();
  }
}

/** Every key and value of a Redis. Read over its plain protocol: the whole answer is searched, whatever the types. */
export async function* redisPieces(url: string): AsyncGenerator<Piece> {
  const { hostname, port, pathname } = new URL(url);
  const ask = (...commands: string[][]): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port || 6379), timeout: 10_000 });
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('end', () => resolve(Buffer.concat(chunks).toString('latin1')));
      socket.on('error', reject);
      socket.on('timeout', () => socket.destroy(new Error('Redis does not answer')));
      const lines = [['SELECT', pathname.slice(1) || '0'], ...commands, ['QUIT']].map(
        (words) => `*${words.length}\r\n${words.map((w) => `$${Buffer.byteLength(w)}\r\n${w}\r\n`).join('')}`,
      );
      socket.write(lines.join(''));
    });
  const keys = (await ask(['KEYS', '*'])).split('\r\n').filter((line) => line !== '' && !/^[+$*:-]/.test(line));
  for (const key of keys) {
    const readings = [
      ['GET', key],
      ['HGETALL', key],
      ['LRANGE', key, '0', '-1'],
      ['SMEMBERS', key],
      ['ZRANGE', key, '0', '-1'],
      ['XRANGE', key, '-', '+'],
    ];
    yield { place: 'redis', bytes: Buffer.from(`${key}\n${await ask(...readings)}`, 'latin1') };
  }
}

const LARGEST = 1024 ** 3;

/** Every file of a folder and its folders: logs, the broker's segments, crash dumps and heap reports. */
export async function* filePieces(place: string, folder: string): AsyncGenerator<Piece> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    // It may be rotated away meanwhile.
    const size = await stat(file).then(
      (s) => s.size,
      () => 0,
    );
    if (size > LARGEST) throw new Error(`${file} is too large to be searched`);
    if (size > 0) yield { place: `${place} ${path.relative(folder, file)}`, bytes: await readFile(file) };
  }
}

const DUMPS = /^(core(\.\d+)?|report\.[\w.]+\.json|.*\.heapsnapshot|.*\.heapprofile|hs_err_pid\d+\.log|.*\.hprof)$/;

/** Dumps and reports of processes that died, where they are left. */
export async function* dumpPieces(...folders: readonly string[]): AsyncGenerator<Piece> {
  for (const folder of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (DUMPS.test(name)) yield { place: `dump ${name}`, bytes: await readFile(path.join(folder, name)) };
    }
  }
}
