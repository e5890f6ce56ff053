import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { Client } from './pool.js';

/** Column types that binary COPY can write here. Dates are days since 1970-01-01, as in contracts. */
export type CopyType = 'bytea' | 'text' | 'int2' | 'int4' | 'int8' | 'bool' | 'date';
export type CopyValue = Uint8Array | string | number | boolean | null;

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER = Buffer.from([0xff, 0xff]);
const DAYS_1970_TO_2000 = 10_957;
/** Up to here a loop of our own is faster than a call into Node. */
const SHORT = 40;

/** Builds rows of the binary COPY format in one growing buffer; call `take` to send what is there. */
export class CopyEncoder {
  private buffer: Buffer;
  private at = 0;

  constructor(
    private readonly types: readonly CopyType[],
    size = 256 * 1024,
  ) {
    this.buffer = Buffer.allocUnsafe(size);
    SIGNATURE.copy(this.buffer);
    this.at = SIGNATURE.length;
  }

  get length(): number {
    return this.at;
  }

  row(values: readonly CopyValue[]): void {
    this.need(2);
    this.at = this.buffer.writeInt16BE(this.types.length, this.at);
    for (let i = 0; i < this.types.length; i++) this.field(this.types[i] as CopyType, values[i] ?? null);
  }

  take(): Buffer {
    const bytes = Buffer.from(this.buffer.subarray(0, this.at));
    this.at = 0;
    return bytes;
  }

  /** What is there as a whole, from the beginning to the end of COPY; then begins another. */
  takeWhole(): Buffer {
    const bytes = Buffer.allocUnsafe(this.at + TRAILER.length);
    this.buffer.copy(bytes, 0, 0, this.at);
    TRAILER.copy(bytes, this.at);
    this.at = SIGNATURE.length;
    return bytes;
  }

  private need(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.at + bytes));
    this.buffer.copy(bigger, 0, 0, this.at);
    this.buffer = bigger;
  }

  private text(value: string): void {
    // No UTF-16 unit takes more than three bytes.
    this.need(4 + value.length * 3);
    const from = this.at + 4;
    const { buffer } = this;
    let to = from;
    for (let i = 0; i < value.length && i < SHORT; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7e) break;
      buffer[to++] = code;
    }
    if (to - from < value.length) to = from + buffer.write(value, from, 'utf8');
    buffer.writeInt32BE(to - from, this.at);
    this.at = to;
  }

  private bytes(value: Uint8Array): void {
    const { length } = value;
    this.need(4 + length);
    const at = this.buffer.writeInt32BE(length, this.at);
    if (length > SHORT) this.buffer.set(value, at);
    else for (let i = 0; i < length; i++) this.buffer[at + i] = value[i] as number;
    this.at = at + length;
  }

  private field(type: CopyType, value: CopyValue): void {
    if (value === null) {
      this.need(4);
      this.at = this.buffer.writeInt32BE(-1, this.at);
      return;
    }
    if (type === 'bytea' || type === 'text') {
      if (typeof value === 'string') this.text(value);
      else this.bytes(value as Uint8Array);
      return;
    }
    this.need(12);
    if (type === 'int8') {
      this.at = this.buffer.writeInt32BE(8, this.at);
      this.at = this.buffer.writeBigInt64BE(BigInt(value as number), this.at);
    } else if (type === 'int4' || type === 'date') {
      this.at = this.buffer.writeInt32BE(4, this.at);
      this.at = this.buffer.writeInt32BE((value as number) - (type === 'date' ? DAYS_1970_TO_2000 : 0), this.at);
    } else if (type === 'int2') {
      this.at = this.buffer.writeInt32BE(2, this.at);
      this.at = this.buffer.writeInt16BE(value as number, this.at);
    } else {
      this.at = this.buffer.writeInt32BE(1, this.at);
      this.at = this.buffer.writeInt8(value ? 1 : 0, this.at);
    }
  }
}

export interface CopyTarget {
  /** Table and schema as SQL; never from outside. */
  table: string;
  columns: readonly { name: string; type: CopyType }[];
}

/**
 * Writes rows by binary COPY, as a stream: memory does not grow with their number. Returns how many. On failure of
 * the rows or of the server the client's transaction is aborted; the caller rolls back and, after a failure of the
 * rows, should destroy the client.
 */
export async function copyRows(
  client: Client,
  target: CopyTarget,
  rows: AsyncIterable<readonly CopyValue[][]> | Iterable<readonly CopyValue[][]>,
): Promise<number> {
  let count = 0;
  const encoder = new CopyEncoder(target.columns.map((c) => c.type));
  async function* blocks(): AsyncGenerator<Buffer> {
    for await (const batch of rows) {
      for (const row of batch) {
        encoder.row(row);
        count++;
        if (encoder.length > 192 * 1024) yield encoder.take();
      }
    }
    yield Buffer.concat([encoder.take(), TRAILER]);
  }
  await copyBlocks(client, target, blocks());
  return count;
}

/** Rows as `copyEncoded` takes them: bytes, so that nothing of the rows themselves is kept while they wait to be written. */
export interface RowEncoder {
  row(values: readonly CopyValue[]): void;
  /** The rows since the last time. */
  take(): Buffer;
  /** Their bytes so far. */
  readonly length: number;
}

export function rowEncoder(columns: CopyTarget['columns']): RowEncoder {
  const encoder = new CopyEncoder(columns.map((c) => c.type));
  return {
    row: (values) => encoder.row(values),
    take: () => encoder.takeWhole(),
    get length() {
      return encoder.length;
    },
  };
}

/** Writes what a `rowEncoder` took of the same columns, by binary COPY. */
export async function copyEncoded(client: Client, target: CopyTarget, rows: Buffer): Promise<void> {
  await copyBlocks(client, target, [rows]);
}

async function copyBlocks(
  client: Client,
  target: CopyTarget,
  blocks: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<void> {
  const columns = target.columns.map((c) => c.name).join(', ');
  const sink = client.query(copyFrom(`COPY ${target.table} (${columns}) FROM STDIN (FORMAT binary)`));
  await pipeline(Readable.from(blocks, { objectMode: true, highWaterMark: 2 }), sink);
}
