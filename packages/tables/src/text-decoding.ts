/**
 * Bytes to text. UTF-8 (with or without BOM) and GB 18030 are told apart by the first stretch that is not ASCII, because
 * a file says nowhere what it is and its first Chinese character may come after a thousand lines. Damaged bytes after
 * that decision become U+FFFD, which the cell rules refuse: one damaged row does not stop a file.
 */
import { HeduiError } from '@hedui/errors';
import { guessEncoding, MIN_WINDOW_SEQUENCES } from './encoding-guess.js';
import { steadyDecoder, type TextEncoding } from './steady-decoder.js';

type Decoder = ReturnType<typeof steadyDecoder>;

/** Bytes decoded at a time, whatever the size of the incoming chunks. */
export const SLICE = 65_536;
const MARK_BYTES = 4;
const WINDOW_BYTES = 65_536;
const MAX_WINDOW_BYTES = 1_048_576;

/** Turns bytes into text, piece by piece. */
export interface TextDecoding {
  /** The encoding, once it is decided: from then on no bytes are held back but those of an unfinished character. */
  readonly encoding: string | null;
  /**
   * The text of these bytes and of those that waited for a decision, as pieces, without BOM. Throws ENCODING_INVALID (HeduiError) for UTF-16, NUL
   * bytes, and bytes that are neither UTF-8 nor GB 18030.
   */
  push(bytes: Uint8Array): string[];
  /** No bytes follow. Throws as `push` does. */
  end(): string[];
}

export function textDecoding(): TextDecoding {
  let decoder: Decoder | null = null;
  let waiting: Uint8Array[] = [];
  let size = 0;
  // First enough for a byte order mark, then enough for a guess; only then are the waiting bytes joined and looked at.
  let wanted = MARK_BYTES;
  let begun = false;

  function read(whole: boolean): string[] {
    const texts: string[] = [];
    if (!decoder && (whole || size >= wanted)) {
      let bytes: Uint8Array = Buffer.concat(waiting);
      if (!begun) decoder = decoderByMark(bytes);
      begun = true;
      if (!decoder) {
        const ascii = asciiLength(bytes);
        if (ascii > 0) texts.push(asciiText(bytes.subarray(0, ascii)));
        bytes = bytes.subarray(ascii);
        decoder = decoderByWindow(bytes, whole);
        wanted = bytes.length === 0 ? 1 : Math.max(WINDOW_BYTES, bytes.length * 2);
      }
      waiting = [bytes];
      size = bytes.length;
    }
    if (decoder) {
      for (const bytes of waiting) texts.push(decoder.push(bytes));
      waiting = [];
    }
    return texts.filter((text) => text !== '');
  }

  return {
    get encoding() {
      return decoder?.encoding ?? null;
    },
    push(bytes) {
      refuseNul(bytes);
      waiting.push(bytes);
      size += bytes.length;
      return read(false);
    },
    end() {
      const texts = read(true);
      const last = decoder?.end() ?? '';
      return last === '' ? texts : [...texts, last];
    },
  };
}

/**
 * The encoding of a file by its first bytes, and how many of them are a mark and no text. Null when they do not suffice to decide it, or are
 * of no encoding that is read: `textDecoding` then says so in its own time.
 */
export function encodingOfHead(bytes: Uint8Array): { encoding: TextEncoding; mark: number } | null {
  try {
    const marked = decoderByMark(bytes);
    // The decoder of GB 18030 hands its mark on as a character; that of UTF-8 does not.
    if (marked) return marked.encoding === 'utf-8' ? { encoding: 'utf-8', mark: 3 } : { encoding: 'gb18030', mark: 0 };
    const from = asciiLength(bytes);
    if (bytes.length < from + WINDOW_BYTES) return null;
    const { encoding, sequences } = guessEncoding(bytes.subarray(from, from + WINDOW_BYTES), false);
    return encoding === null || sequences < MIN_WINDOW_SEQUENCES ? null : { encoding, mark: 0 };
  } catch {
    return null;
  }
}

/** Text that begins with a line in the midst of a file whose encoding is known. ENCODING_INVALID for NUL bytes. */
export async function* decodeFurther(
  input: AsyncIterable<Uint8Array>,
  encoding: TextEncoding,
): AsyncGenerator<string, void, undefined> {
  // A byte order mark in the midst of a file is a character like any other.
  const decoder = steadyDecoder(encoding, { ignoreBOM: true });
  for await (const bytes of input) {
    refuseNul(bytes);
    const text = decoder.push(bytes);
    if (text !== '') yield text;
  }
  const last = decoder.end();
  if (last !== '') yield last;
}

/** Throws ENCODING_INVALID (HeduiError) when a byte is zero. */
export function refuseNul(bytes: Uint8Array): void {
  if (bytes.includes(0)) throw new HeduiError('ENCODING_INVALID', { detail: 'a byte is zero' });
}

/** Bytes as they come, in slices that are decoded at a time. Errors of `input` pass through; it is never closed here. */
export async function* slicesOf(input: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for (let next = await input.next(); !next.done; next = await input.next()) {
    for (let at = 0; at < next.value.length; at += SLICE) yield next.value.subarray(at, at + SLICE);
  }
}

function decoderByMark(bytes: Uint8Array): Decoder | null {
  const [a, b, c, d] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw new HeduiError('ENCODING_INVALID', { detail: 'UTF-16' });
  }
  if (a === 0xef && b === 0xbb && c === 0xbf) return steadyDecoder('utf-8');
  return a === 0x84 && b === 0x31 && c === 0x95 && d === 0x33 ? steadyDecoder('gb18030') : null;
}

/** Null: more bytes are wanted before deciding (never when `whole`, but for bytes that are all ASCII). */
function decoderByWindow(bytes: Uint8Array, whole: boolean): Decoder | null {
  if (bytes.length === 0 || asciiLength(bytes) === bytes.length) return null;
  if (!whole && bytes.length < WINDOW_BYTES) return null;
  const guess = guessEncoding(bytes, whole);
  if (!whole && guess.sequences < MIN_WINDOW_SEQUENCES && bytes.length < MAX_WINDOW_BYTES) return null;
  if (guess.encoding === null) throw new HeduiError('ENCODING_INVALID', { detail: 'neither UTF-8 nor GB 18030' });
  return steadyDecoder(guess.encoding);
}

function asciiLength(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length && (bytes[at] ?? 0) < 0x80) at++;
  return at;
}

function asciiText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
