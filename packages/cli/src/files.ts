import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { XLSX_TYPE } from '@hedui/contracts';

export class FileProblem extends Error {
  readonly code = 'FILE_UNREADABLE';
}

export interface Upload {
  /** A file is opened anew each time that it is sent; standard input can be sent once. */
  body: Readable | (() => Readable);
  contentType: string;
  /** Bytes, or null for standard input. */
  size: number | null;
}

/** Opens a row file (`-`: standard input) as a stream; `.ndjson` and `.jsonl` are NDJSON, `.xlsx` is XLSX, everything else CSV. */
export async function openUpload(file: string, onBytes: (sent: number) => void): Promise<Upload> {
  const contentType = /\.(ndjson|jsonl)$/i.test(file)
    ? 'application/x-ndjson'
    : /\.xlsx$/i.test(file)
      ? XLSX_TYPE
      : 'text/csv';
  if (file === '-') return { body: process.stdin, contentType, size: null };
  const info = await stat(file).catch(() => null);
  if (!info?.isFile()) throw new FileProblem(`${file} cannot be read`);
  const open = () => {
    let sent = 0;
    const counted = new Transform({
      transform(piece: Buffer, _encoding, done) {
        sent += piece.length;
        onBytes(sent);
        done(null, piece);
      },
    });
    const body = createReadStream(file, { highWaterMark: 256 * 1024 });
    body.on('error', (error) => counted.destroy(error));
    counted.once('close', () => body.destroy());
    return body.pipe(counted);
  };
  return { body: open, contentType, size: info.size };
}

/** Writes a stream to a file that appears only when it is whole; to a device or a pipe (`/dev/null`, `/dev/stdout`) as it comes, for a file put in its place would end it. */
export async function saveStream(from: Readable, file: string): Promise<void> {
  const there = await stat(file).catch(() => null);
  if (there !== null && !there.isFile() && !there.isDirectory()) {
    await pipeline(from, createWriteStream(file));
    return;
  }
  const part = `${file}.part`;
  try {
    await pipeline(from, createWriteStream(part));
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** The format of a template by the name of its file. */
export function templateFormat(file: string): 'csv' | 'xlsx' {
  return /\.xlsx$/i.test(file) ? 'xlsx' : 'csv';
}
