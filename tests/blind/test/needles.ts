/** What a needle is of: told instead of the needle itself. */
export const KINDS = [
  'identity number',
  'name',
  'plate',
  'account',
  'company code',
  'benefit number',
  'reference',
] as const;
export type Kind = (typeof KINDS)[number];

export const ENCODINGS = ['plain', 'UTF-16 LE', 'UTF-16 BE', 'hex', 'base64', 'base64 + 1', 'base64 + 2'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** A pattern of bytes that must not be found. */
export interface Needle {
  readonly bytes: Buffer;
  readonly kind: Kind;
  readonly encoding: Encoding;
}

/** The texts as which a value may have been kept: as it is, in upper and in lower case. */
function spellings(text: string): Set<string> {
  return new Set([text, text.toUpperCase(), text.toLowerCase()]);
}

/** Base64 of bytes that stand `offset` bytes into their group of three: only the characters that no neighbour changes. */
function base64At(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
}

/** Every form of a text. */
export function* needlesOf(text: string, kind: Kind): Generator<Needle> {
  for (const spelling of spellings(text)) {
    const utf8 = Buffer.from(spelling);
    const utf16 = Buffer.from(spelling, 'utf16le');
    yield { bytes: utf8, kind, encoding: 'plain' };
    yield { bytes: utf16, kind, encoding: 'UTF-16 LE' };
    yield { bytes: Buffer.from(utf16).swap16(), kind, encoding: 'UTF-16 BE' };
    for (const hex of spellings(utf8.toString('hex'))) yield { bytes: Buffer.from(hex), kind, encoding: 'hex' };
    for (const [offset, encoding] of [
      [0, 'base64'],
      [1, 'base64 + 1'],
      [2, 'base64 + 2'],
    ] as const) {
      const base64 = base64At(utf8, offset);
      const url = base64.replaceAll('+', '-').replaceAll('/', '_');
      for (const form of new Set([base64, url])) yield { bytes: Buffer.from(form), kind, encoding };
    }
  }
}
