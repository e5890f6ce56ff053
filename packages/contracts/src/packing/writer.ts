import { KEY_BYTES } from '../brands.js';
import { arrayHead } from '../envelope.js';

const FIRST_BYTES = 64 * 1024;
/** A head or a number takes no more. */
const MOST_HEAD = 9;

/** Value of each hexadecimal digit by its character code. */
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => Number.parseInt(String.fromCharCode(code), 16) || 0);

/**
 * Writes MessagePack value by value into one growing buffer: the same bytes as `pack`, without the arrays that it would have to be
 * given. Of a chunk of a thousand households those cost more to make and to collect than to write.
 */
export class PackWriter {
  private bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  private at = 0;

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.at;
  }

  /** The head of an array: its values follow. */
  array(count: number): void {
    this.room(MOST_HEAD);
    if (count < 0x10) this.bytes[this.at++] = 0x90 | count;
    else if (count < 0x1_0000) this.two(0xdc, count);
    else this.four(0xdd, count);
  }

  /** The head of a map: its keys and values follow in turn. */
  map(count: number): void {
    this.room(MOST_HEAD);
    if (count < 0x10) this.bytes[this.at++] = 0x80 | count;
    else if (count < 0x1_0000) this.two(0xde, count);
    else this.four(0xdf, count);
  }

  nil(): void {
    this.room(1);
    this.bytes[this.at++] = 0xc0;
  }

  flag(value: boolean): void {
    this.room(1);
    this.bytes[this.at++] = value ? 0xc3 : 0xc2;
  }

  number(value: number): void {
    this.room(MOST_HEAD);
    const { bytes } = this;
    if (value >>> 0 === value) {
      if (value < 0x80) bytes[this.at++] = value;
      else if (value < 0x100) {
        bytes[this.at++] = 0xcc;
        bytes[this.at++] = value;
      } else if (value < 0x1_0000) this.two(0xcd, value);
      else this.four(0xce, value);
    } else if (value >> 0 === value) {
      if (value >= -0x20) bytes[this.at++] = 0x100 + value;
      else if (value >= -0x80) {
        bytes[this.at++] = 0xd0;
        bytes[this.at++] = 0x100 + value;
      } else if (value >= -0x8000) this.two(0xd1, value & 0xffff);
      else this.four(0xd2, value >>> 0);
    } else {
      bytes[this.at] = 0xcb;
      this.at = bytes.writeDoubleBE(value, this.at + 1);
    }
  }

  numberOrNil(value: number | null): void {
    if (value === null) this.nil();
    else this.number(value);
  }

  text(value: string): void {
    const { length } = value;
    // No UTF-16 unit takes more than three bytes.
    this.room(MOST_HEAD + length * 3);
    const { bytes } = this;
    const head = length < 0x20 ? 1 : length < 0x100 ? 2 : length < 0x1_0000 ? 3 : 5;
    const from = this.at + head;
    let to = from;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) {
        to = encodeRest(bytes, to, value, i);
        break;
      }
      bytes[to++] = code;
    }
    this.textHead(to - from, head);
  }

  textOrNil(value: string | null): void {
    if (value === null) this.nil();
    else this.text(value);
  }

  /** Pseudonyms (hexadecimal digits) as one value of bytes. */
  keys(first: string, second = ''): void {
    const count = second === '' ? KEY_BYTES : 2 * KEY_BYTES;
    this.room(2 + count);
    this.bytes[this.at++] = 0xc4;
    this.bytes[this.at++] = count;
    this.digits(first);
    if (second !== '') this.digits(second);
  }

  binary(value: Uint8Array): void {
    const { length } = value;
    this.room(5 + length);
    if (length < 0x100) {
      this.bytes[this.at++] = 0xc4;
      this.bytes[this.at++] = length;
    } else if (length < 0x1_0000) this.two(0xc5, length);
    else this.four(0xc6, length);
    this.bytes.set(value, this.at);
    this.at += length;
  }

  /** Values that are packed already. */
  packed(value: Uint8Array): void {
    this.room(value.length);
    this.bytes.set(value, this.at);
    this.at += value.length;
  }

  /** Any value that stands alone. */
  plain(value: string | number | boolean | null | Uint8Array): void {
    if (typeof value === 'string') this.text(value);
    else if (typeof value === 'number') this.number(value);
    else if (typeof value === 'boolean') this.flag(value);
    else if (value === null) this.nil();
    else this.binary(value);
  }

  /** Forgets what was written after `length`: of a value that could not be written whole. */
  backTo(length: number): void {
    this.at = Math.min(this.at, length);
  }

  /** A copy of what was written from one place to another. */
  part(from: number, to: number): Buffer {
    return Buffer.from(this.bytes.subarray(from, Math.min(to, this.at)));
  }

  /** A copy of what was written, behind the head of an array of `count` values; begins anew. */
  takeArray(count: number): Buffer {
    const taken = Buffer.concat([arrayHead(count), this.bytes.subarray(0, this.at)]);
    this.at = 0;
    return taken;
  }

  private two(type: number, value: number): void {
    const { bytes } = this;
    bytes[this.at++] = type;
    bytes[this.at++] = value >> 8;
    bytes[this.at++] = value & 0xff;
  }

  private four(type: number, value: number): void {
    this.bytes[this.at] = type;
    this.at = this.bytes.writeUInt32BE(value, this.at + 1);
  }

  private digits(hex: string): void {
    const { bytes } = this;
    let { at } = this;
    for (let i = 0; i < hex.length; i += 2) {
      bytes[at++] = ((DIGITS[hex.charCodeAt(i)] as number) << 4) | (DIGITS[hex.charCodeAt(i + 1)] as number);
    }
    this.at = at;
  }

  /** Puts the head before a text that stands `head` bytes behind `at`: one that has more bytes than characters may need a longer one. */
  private textHead(length: number, head: number): void {
    const { bytes, at } = this;
    const needed = length < 0x20 ? 1 : length < 0x100 ? 2 : length < 0x1_0000 ? 3 : 5;
    if (needed !== head) bytes.copyWithin(at + needed, at + head, at + head + length);
    if (needed === 1) bytes[this.at++] = 0xa0 | length;
    else if (needed === 2) {
      bytes[this.at++] = 0xd9;
      bytes[this.at++] = length;
    } else if (needed === 3) this.two(0xda, length);
    else this.four(0xdb, length);
    this.at += length;
  }

  private room(bytes: number): void {
    if (this.at + bytes <= this.bytes.length) return;
    const bigger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.at + bytes));
    this.bytes.copy(bigger, 0, 0, this.at);
    this.bytes = bigger;
  }
}

/** Encodes a text from character `i` on, as `pack` does: half of a pair stays what it is. Returns where it ends. */
function encodeRest(bytes: Buffer, from: number, value: string, i: number): number {
  let to = from;
  for (let at = i; at < value.length; at++) {
    let code = value.charCodeAt(at);
    if (code < 0x80) {
      bytes[to++] = code;
      continue;
    }
    if (code < 0x800) {
      bytes[to++] = (code >> 6) | 0xc0;
    } else {
      const next = (code & 0xfc00) === 0xd800 ? value.charCodeAt(at + 1) : 0;
      if ((next & 0xfc00) === 0xdc00) {
        code = 0x1_0000 + ((code & 0x3ff) << 10) + (next & 0x3ff);
        at++;
        bytes[to++] = (code >> 18) | 0xf0;
        bytes[to++] = ((code >> 12) & 0x3f) | 0x80;
      } else bytes[to++] = (code >> 12) | 0xe0;
      bytes[to++] = ((code >> 6) & 0x3f) | 0x80;
    }
    bytes[to++] = (code & 0x3f) | 0x80;
  }
  return to;
}
