import { TextDecoder } from 'node:util';
import { HeduiError } from '@hedui/errors';

/** How the text of a file is written. */
export type TextEncoding = 'utf-8' | 'gb18030';

/** Below it no byte is part of a longer character, in UTF-8 as in GB 18030. */
const FIRST_TRAIL = 0x30;
/** Bytes that are kept back for want of a place to part them; real text has commas and line ends. */
const MOST_KEPT = 65_536;

/**
 * Decodes bytes in pieces of any size. Node's decoder of GB 18030 throws when a damaged character of four bytes lies across two of them, so it
 * is given pieces that end with a byte that belongs to no longer character.
 */
export function steadyDecoder(encoding: TextEncoding, { ignoreBOM = false } = {}) {
  const decoder = new TextDecoder(encoding, { ignoreBOM });
  let kept: Uint8Array[] = [];
  let size = 0;

  function decode(bytes: Uint8Array, stream: boolean): string {
    try {
      return decoder.decode(bytes, { stream });
    } catch (cause) {
      throw new HeduiError('ENCODING_INVALID', { detail: `no ${encoding}`, cause });
    }
  }

  return {
    encoding,
    /** The text that is complete with these bytes. */
    push(bytes: Uint8Array): string {
      let end = bytes.length;
      if (size + end <= MOST_KEPT) while (end > 0 && (bytes[end - 1] as number) >= FIRST_TRAIL) end--;
      if (end === 0) {
        if (bytes.length > 0) kept.push(bytes);
        size += bytes.length;
        return '';
      }
      const text = decode(size === 0 ? bytes.subarray(0, end) : Buffer.concat([...kept, bytes.subarray(0, end)]), true);
      kept = end < bytes.length ? [bytes.subarray(end)] : [];
      size = bytes.length - end;
      return text;
    },
    /** The rest. */
    end: (): string => decode(Buffer.concat(kept), false),
  };
}
