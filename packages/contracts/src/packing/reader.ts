import { KEY_BYTES } from '../brands.js';
import { MalformedEvent, unpackPart } from '../envelope.js';

const bad = (what: string): never => {
  throw new MalformedEvent('BAD_PAYLOAD', what);
};

/** Texts that came before, by a hash of their bytes: codes and regions come a thousand times in every chunk. */
const known: string[] = Array.from({ length: 4_096 }, () => '');
const KNOWN_LENGTH = 40;

/**
 * Reads MessagePack value by value where it stands, and passes over what is not wanted: no array and no object is made of a value that
 * nobody asked for. Everything throws MalformedEvent on bytes of another form.
 */
export class PackReader {
  /** Where the next value begins. */
  at: number;

  constructor(
    private readonly bytes: Buffer,
    from = 0,
    private readonly end = bytes.length,
  ) {
    this.at = from;
  }

  /** The number of values in an array, which follow. */
  array(): number {
    const type = this.byte();
    if (type >= 0x90 && type < 0xa0) return type & 0x0f;
    if (type === 0xdc) return this.uint(2);
    if (type === 0xdd) return this.uint(4);
    return bad('not a list');
  }

  /** An array of exactly so many values. */
  arrayOf(count: number): void {
    if (this.array() !== count) bad('a list of another length');
  }

  /** True when the next value is null, which is passed over. */
  nil(): boolean {
    if (this.bytes[this.at] !== 0xc0 || this.at >= this.end) return false;
    this.at++;
    return true;
  }

  number(): number {
    const type = this.byte();
    if (type < 0x80) return type;
    if (type >= 0xe0) return type - 0x100;
    switch (type) {
      case 0xcc:
        return this.uint(1);
      case 0xcd:
        return this.uint(2);
      case 0xce:
        return this.uint(4);
      case 0xd0:
        return this.bytes.readInt8(this.pass(1));
      case 0xd1:
        return this.bytes.readInt16BE(this.pass(2));
      case 0xd2:
        return this.bytes.readInt32BE(this.pass(4));
      case 0xca:
        return this.bytes.readFloatBE(this.pass(4));
      case 0xcb:
        return this.bytes.readDoubleBE(this.pass(8));
      case 0xcf:
        return Number(this.bytes.readBigUInt64BE(this.pass(8)));
      case 0xd3:
        return Number(this.bytes.readBigInt64BE(this.pass(8)));
      default:
        return bad('not a number');
    }
  }

  numberOrNull(): number | null {
    return this.nil() ? null : this.number();
  }

  text(): string {
    const type = this.byte();
    if (type >= 0xa0 && type < 0xc0) return this.textOf(type & 0x1f);
    if (type === 0xd9) return this.textOf(this.uint(1));
    if (type === 0xda) return this.textOf(this.uint(2));
    if (type === 0xdb) return this.textOf(this.uint(4));
    return bad('not a text');
  }

  textOrNull(): string | null {
    return this.nil() ? null : this.text();
  }

  /** Bytes, as a view of what is read. */
  binary(): Buffer {
    const length = this.binaryLength();
    const from = this.pass(length);
    return this.bytes.subarray(from, from + length);
  }

  /** Where the bytes of `keys` pseudonyms, one after the other, begin. */
  keys(count: number): number {
    if (this.binaryLength() !== count * KEY_BYTES) bad('not a pseudonym');
    return this.pass(count * KEY_BYTES);
  }

  /** The next value, whatever it is. */
  value(): unknown {
    const from = this.at;
    this.skip();
    try {
      return unpackPart(this.bytes, from, this.at);
    } catch {
      return bad('not a value');
    }
  }

  /** Passes over the next values. */
  skip(values = 1): void {
    for (let left = values; left > 0; left--) {
      const type = this.byte();
      if (type < 0x80 || type >= 0xe0) continue;
      if (type < 0x90) left += 2 * (type & 0x0f);
      else if (type < 0xa0) left += type & 0x0f;
      else if (type < 0xc0) this.pass(type & 0x1f);
      else left += this.skipLong(type);
    }
  }

  /** Passes over a list of lists; a list of anything else is refused. Returns how many there were. */
  skipRows(): number {
    const count = this.array();
    for (let row = 0; row < count; row++) for (let left = this.array(); left > 0; left--) this.skip();
    return count;
  }

  /** Throws when something is left. */
  finish(): void {
    if (this.at !== this.end) bad('more than was announced');
  }

  /** Passes over a value whose length stands behind its type; the number of values that it holds. */
  private skipLong(type: number): number {
    if (type === 0xc0 || type === 0xc2 || type === 0xc3) return 0;
    if (type >= 0xca && type <= 0xd3) {
      this.pass(type === 0xca ? 4 : type === 0xcb ? 8 : 1 << ((type - 0xcc) & 3));
      return 0;
    }
    if (type >= 0xd9 && type <= 0xdb) this.pass(this.uint(1 << (type - 0xd9)));
    else if (type >= 0xc4 && type <= 0xc6) this.pass(this.uint(1 << (type - 0xc4)));
    else if (type === 0xdc || type === 0xdd) return this.uint(type === 0xdc ? 2 : 4);
    else if (type === 0xde || type === 0xdf) return 2 * this.uint(type === 0xde ? 2 : 4);
    else bad('of a type that no event has');
    return 0;
  }

  /** The length of bytes, which follow: `pass` them. */
  binaryLength(): number {
    const type = this.byte();
    return type >= 0xc4 && type <= 0xc6 ? this.uint(1 << (type - 0xc4)) : bad('not bytes');
  }

  private byte(): number {
    if (this.at >= this.end) bad('cut off');
    return this.bytes[this.at++] as number;
  }

  /** Where so many bytes begin, which are passed over. */
  pass(bytes: number): number {
    const { at } = this;
    if (at + bytes > this.end) bad('cut off');
    this.at = at + bytes;
    return at;
  }

  private uint(length: number): number {
    const at = this.pass(length);
    const { bytes } = this;
    let value = 0;
    for (let i = at; i < at + length; i++) value = value * 256 + (bytes[i] as number);
    return value;
  }

  private textOf(length: number): string {
    const from = this.pass(length);
    const { bytes } = this;
    if (length > KNOWN_LENGTH) return bytes.toString('utf8', from, from + length);
    let hash = length;
    let high = 0;
    for (let i = from; i < from + length; i++) {
      const byte = bytes[i] as number;
      hash = (Math.imul(hash, 31) + byte) | 0;
      high |= byte;
    }
    if (high > 0x7f) return bytes.toString('utf8', from, from + length);
    const place = (hash ^ (hash >>> 12)) & (known.length - 1);
    const there = known[place] as string;
    if (there.length === length && isThere(there, bytes, from)) return there;
    const text = bytes.toString('latin1', from, from + length);
    known[place] = text;
    return text;
  }
}

function isThere(text: string, bytes: Buffer, from: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[from + i]) return false;
  return true;
}
