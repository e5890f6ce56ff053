import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { create } from 'fontkit';

export type Weight = 'regular' | 'bold';

const { resolve } = createRequire(import.meta.url);
const files: Readonly<Record<Weight, string>> = {
  regular: '@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf',
  bold: '@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf',
};
const read = new Map<Weight, Buffer>();

/**
 * Noto Sans SC as static TrueType, 10 MB each, read once a process. Outline (OTF) and variable fonts lose glyphs when
 * they are embedded in part, so no other file may stand here.
 */
export function fontFile(weight: Weight): Buffer {
  const known = read.get(weight);
  if (known !== undefined) return known;
  const bytes = readFileSync(resolve(files[weight]));
  read.set(weight, bytes);
  return bytes;
}

let glyphs: ReadonlySet<number> | undefined;

function codePoints(): ReadonlySet<number> {
  const font = create(fontFile('regular'));
  // A collection of fonts has no characters of its own; the file above is none.
  return new Set('characterSet' in font ? font.characterSet : []);
}

/**
 * Characters without a glyph are printed by their number, `[U+20BB7]`: a box would tell nobody which name it is. The two
 * weights hold the same characters.
 */
export function withGlyphs(text: string): string {
  glyphs ??= codePoints();
  let out = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    out += glyphs.has(code) ? character : `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
  }
  return out;
}
