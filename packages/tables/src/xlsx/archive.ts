import type { FileHandle } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { crc32 } from 'node:zlib';
import { HeduiError } from '@hedui/errors';
import { type Entry, fromFdPromise } from 'yauzl';
import { storageFailure, tooLarge, unreadableFile } from './refusals.js';

export interface ArchiveLimits {
  readonly maxEntries: number;
  /** Unpacked over packed size of one part. */
  readonly maxRatio: number;
}

/** The parts of a workbook, by their names without regard to case. */
export interface Archive {
  has(name: string): boolean;
  /**
   * The text of a part in small pieces. Its sizes are checked before anything is unpacked, its checksum at the end. Throws
   * HeduiError FILE_UNREADABLE or BODY_TOO_LARGE (more than `maxBytes`, or packed too tightly).
   */
  read(name: string, maxBytes: number): AsyncGenerator<string, void, undefined>;
}

/** What a piece may hold, so that what one piece unfolds to stays small. */
const PIECE_BYTES = 16_384;
/** Below this a part is small however tightly it is packed. */
const RATIO_MATTERS_BYTES = 8 * 1_048_576;
const MAX_ENTRY_HEADER_BYTES = 4096;

/** Reads the directory of the archive in `file`, which stays the caller's to close. */
export async function openArchive(file: FileHandle, limits: ArchiveLimits): Promise<Archive> {
  const zip = await fromFdPromise(file.fd, { lazyEntries: true, autoClose: false, validateEntrySizes: true }).catch(
    refuse,
  );
  if (zip.entryCount > limits.maxEntries) throw tooLarge(`more than ${limits.maxEntries} parts`);
  const entries = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) {
      const headerBytes = entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
      if (headerBytes > MAX_ENTRY_HEADER_BYTES) throw unreadableFile('the description of a part is too long');
      const name = entry.fileName.toLowerCase();
      if (entries.has(name)) throw unreadableFile('a part stands there twice');
      entries.set(name, entry);
    }
  } catch (error) {
    refuse(error);
  }

  return {
    has: (name) => entries.has(name.toLowerCase()),
    async *read(name, maxBytes) {
      const entry = entries.get(name.toLowerCase());
      if (!entry) throw unreadableFile('a part is missing');
      if (!entry.canDecodeFileData()) throw unreadableFile('a part is encrypted or packed in an unknown way');
      if (entry.uncompressedSize > maxBytes) throw tooLarge(`a part is more than ${maxBytes} bytes when unpacked`);
      const isLarge = entry.uncompressedSize > RATIO_MATTERS_BYTES;
      if (isLarge && entry.uncompressedSize > entry.compressedSize * limits.maxRatio) {
        throw tooLarge(`a part unpacks to more than ${limits.maxRatio} times its size`);
      }
      const decoder = new StringDecoder('utf8');
      let sum = 0;
      try {
        const stream: AsyncIterable<Buffer> = await zip.openReadStreamPromise(entry);
        for await (const bytes of stream) {
          sum = crc32(bytes, sum);
          for (let at = 0; at < bytes.length; at += PIECE_BYTES)
            yield decoder.write(bytes.subarray(at, at + PIECE_BYTES));
        }
      } catch (error) {
        refuse(error);
      }
      if (sum !== entry.crc32) throw unreadableFile('a part is damaged (its checksum differs)');
      yield decoder.end();
    },
  };
}

function refuse(error: unknown): never {
  if (error instanceof HeduiError) throw error;
  throw storageFailure(error) ?? unreadableFile('the archive is damaged');
}
