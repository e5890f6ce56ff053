/** I5: no identity number and no name in any topic, log, cache, matcher or reporting table, however it is packed. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { decodeMulti } from '@msgpack/msgpack';
import pg from 'pg';
import type { Judgement } from './judgement.js';
import type { TopicReader } from './topics.js';

/** What must not be found. */
export interface Secrets {
  numbers: ReadonlySet<string>;
  names: ReadonlySet<string>;
}

const NUMBER = /[0-9]{17}[0-9Xx]|(?<![0-9])[0-9]{15}(?![0-9])/g;
const CHINESE = /[\u3400-\u9fff]{2,}/g;
/** The first bytes of Chinese characters in UTF-8, twice near each other. */
const MAYBE_CHINESE = /[\xe3-\xe9][\x80-\xbf]{2}[\xe3-\xe9]/;
const BASE64 = /[A-Za-z0-9+/_-]{8,}/g;
const HEX = /(?:[0-9A-Fa-f]{2}){6,}/g;
const DEEPEST = 4;
const BUSY_MS = 15;
const LARGEST = 256 * 2 ** 20;

function textHoldsName(text: string, secrets: Secrets, shortest: number): boolean {
  for (const [run] of text.matchAll(CHINESE)) {
    for (let from = 0; from < run.length - 1; from++)
      for (let length = shortest; length <= 4 && from + length <= run.length; length++)
        if (secrets.names.has(run.slice(from, from + length))) return true;
  }
  return false;
}

function holdsPlain(bytes: Buffer, latin: string, secrets: Secrets, depth: number): boolean {
  // Without the zeros, digits of UTF-16 stand side by side.
  for (const text of latin.includes('\0') ? [latin, latin.replaceAll('\0', '')] : [latin])
    for (const [number] of text.matchAll(NUMBER)) if (secrets.numbers.has(number.toUpperCase())) return true;
  if (MAYBE_CHINESE.test(latin) && textHoldsName(bytes.toString('utf8'), secrets, 2)) return true;
  if (depth > 2 || bytes.length < 6) return false;
  // Two characters of UTF-16 occur in ciphertext by chance; three do not.
  for (const from of [0, 1]) {
    const even = bytes.subarray(from, from + 2 * Math.floor((bytes.length - from) / 2));
    if (textHoldsName(even.toString('utf16le'), secrets, 3)) return true;
    if (textHoldsName(Buffer.from(even).swap16().toString('utf16le'), secrets, 3)) return true;
  }
  return false;
}

/** What bytes unpack to: compressed, base64, hexadecimal, MessagePack. */
function* within(bytes: Buffer, text: string): Generator<Buffer> {
  if (bytes.length >= 8) {
    const gzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    for (const inflate of gzip ? [gunzipSync] : [inflateRawSync, inflateSync]) {
      try {
        yield inflate(bytes, { maxOutputLength: LARGEST });
      } catch {
        // Not packed in this way.
      }
    }
  }
  for (const [run] of text.matchAll(BASE64)) yield Buffer.from(run, 'base64');
  for (const [run] of text.matchAll(HEX)) yield Buffer.from(run, 'hex');
  try {
    for (const value of decodeMulti(bytes)) if (typeof value === 'object') yield* leavesOf(value);
  } catch {
    // Not MessagePack, or not to its end.
  }
}

function* leavesOf(value: unknown): Generator<Buffer> {
  if (typeof value === 'string') yield Buffer.from(value);
  else if (value instanceof Uint8Array) yield Buffer.from(value);
  else if (value !== null && typeof value === 'object') for (const item of Object.values(value)) yield* leavesOf(item);
}

/**
 * Searches one value after the other. What was clean once is known by its hash, as most of a world is judged many times over; and the
 * process, which also carries the world's connections, is never busy for long.
 */
export class Search {
  private static readonly clean = new WeakMap<Secrets, Set<string>>();
  private readonly known: Set<string>;
  private since = performance.now();

  constructor(private readonly secrets: Secrets) {
    this.known = Search.clean.get(secrets) ?? new Set();
    Search.clean.set(secrets, this.known);
  }

  /** True when `bytes` hold a number or a name of the run, as they are or in what they unpack to. */
  async finds(bytes: Buffer): Promise<boolean> {
    const digest = createHash('sha256').update(bytes).digest('base64');
    if (this.known.has(digest)) return false;
    const left = [{ bytes, depth: 0 }];
    for (let one = left.pop(); one; one = left.pop()) {
      if (performance.now() - this.since > BUSY_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        this.since = performance.now();
      }
      const { depth } = one;
      if (one.bytes.length < 4) continue;
      const latin = one.bytes.toString('latin1');
      if (holdsPlain(one.bytes, latin, this.secrets, depth)) return true;
      if (depth < DEEPEST) for (const inner of within(one.bytes, latin)) left.push({ bytes: inner, depth: depth + 1 });
    }
    this.known.add(digest);
    return false;
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
  const search = new Search(secrets);
  for (const topic of await at.topics.names()) {
    for (const message of await at.topics.read(topic))
      if ((await search.finds(message.key)) || (await search.finds(message.value)))
        judgement.breach('I5', `a message of ${topic} names a person`, `${message.partition}/${message.offset}`);
  }
  for (const url of at.blindUrls) {
    for await (const { table, bytes } of valuesOf(url))
      if (await search.finds(bytes)) judgement.breach('I5', 'a table of the blind zone names a person', table);
  }
  for (const name of await readdir(at.logs)) {
    for (const line of (await readFile(path.join(at.logs, name), 'latin1')).split('\n'))
      if (await search.finds(Buffer.from(line, 'latin1'))) {
        judgement.breach('I5', 'a log names a person', name);
        break;
      }
  }
  if (at.redisUrl !== null && (await search.finds(await cached(at.redisUrl))))
    judgement.breach('I5', 'the cache names a person', 'Redis');
}
