/**
 * A zip archive is read from its end, so the body has to be whole before its first row is known. It lies in a file that
 * only this user may read and whose name is removed as soon as it is open: nothing is left behind, not even by a process
 * that is killed.
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import path from 'node:path';
import { HeduiError } from '@hedui/errors';
import { storageFailure, tooLarge, unreadableFile } from './refusals.js';

const MARK_BYTES = 8;
const COMPOUND_FILE = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const ZIP_ENTRY = Buffer.from('PK\x03\x04', 'latin1');
const EMPTY_ZIP = Buffer.from('PK\x05\x06', 'latin1');

/**
 * Copies `input` to a nameless temporary file in `directory`; whoever gets it closes it. What is no zip archive is refused
 * at its first bytes. Throws HeduiError FILE_EMPTY, FILE_UNREADABLE, BODY_TOO_LARGE or STORAGE_UNAVAILABLE, and whatever
 * `input` throws; `input` is never closed here.
 */
export async function spool(
  input: AsyncIterator<Uint8Array>,
  directory: string,
  maxBytes: number,
): Promise<FileHandle> {
  const file = await namelessFile(directory);
  try {
    let mark: Uint8Array = new Uint8Array(0);
    let size = 0;
    for (let next = await input.next(); !next.done; next = await input.next()) {
      if (mark.length < MARK_BYTES) {
        mark = Buffer.concat([mark, next.value.subarray(0, MARK_BYTES - mark.length)]);
        if (mark.length === MARK_BYTES) refuseOther(mark);
      }
      size += next.value.length;
      if (size > maxBytes) throw tooLarge(`more than ${maxBytes} bytes`);
      await file.writeFile(next.value).catch((error: unknown) => {
        throw storageFailure(error) ?? error;
      });
    }
    if (size === 0) throw new HeduiError('FILE_EMPTY');
    if (size < MARK_BYTES) refuseOther(mark);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function namelessFile(directory: string): Promise<FileHandle> {
  try {
    const name = path.join(directory, `hedui-${randomUUID()}.xlsx`);
    const file = await open(name, 'wx+', 0o600);
    await unlink(name);
    return file;
  } catch (error) {
    throw storageFailure(error) ?? error;
  }
}

function refuseOther(mark: Uint8Array): void {
  const begins = (magic: Buffer) => magic.equals(mark.subarray(0, magic.length));
  if (begins(COMPOUND_FILE)) {
    throw unreadableFile('an old .xls workbook or one with a password: save it as .xlsx without a password');
  }
  if (!begins(ZIP_ENTRY) && !begins(EMPTY_ZIP)) throw unreadableFile('not a zip archive');
}
