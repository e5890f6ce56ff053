/**
 * Breaks text into lines. Chinese may break after any character, but closing punctuation never begins a line and opening
 * punctuation never ends one; Latin words and numbers stay whole unless one alone is wider than the line.
 */
const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Hangul}\u2014\u2026\u3000-\u303f\uff00-\uffef]/u;
const closing = /^[，。、；：？！）」』》】〉〕％…—·”’,.;:!?)\]}%]/u;
const opening = /[（「『《【〈〔“‘([{]$/u;

/** The pieces between which a line may end; white space stays at the end of its piece. */
function pieces(text: string): string[] {
  const parts: string[] = [];
  let word = '';
  const end = (): void => {
    if (word !== '') parts.push(word);
    word = '';
  };
  for (const character of text) {
    if (/\s/u.test(character)) {
      word += character;
      end();
    } else if (wide.test(character)) {
      end();
      parts.push(character);
    } else {
      word += character;
    }
  }
  end();
  return bound(parts);
}

/** Binds punctuation to the neighbour that it may not leave. */
function bound(parts: readonly string[]): string[] {
  const out: string[] = [];
  for (const part of parts) {
    const before = out.at(-1);
    const spaceBefore = before !== undefined && /\s$/u.test(before);
    const stays = before !== undefined && !spaceBefore && (closing.test(part) || opening.test(before));
    if (stays) out[out.length - 1] = before + part;
    else out.push(part);
  }
  return out;
}

/** `widthOf` gives the width of one character in the unit of `width`. Always gives at least one line. */
export function breakLines(text: string, width: number, widthOf: (character: string) => number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  const end = (): void => {
    lines.push(line.trimEnd());
    line = '';
    used = 0;
  };
  for (const piece of pieces(text)) {
    const needed = measure(piece.trimEnd(), widthOf);
    if (line !== '' && used + needed > width) end();
    if (needed <= width) {
      line += piece;
      used += measure(piece, widthOf);
      continue;
    }
    for (const character of piece) {
      const step = widthOf(character);
      if (line !== '' && used + step > width) end();
      line += character;
      used += step;
    }
  }
  if (line !== '' || lines.length === 0) end();
  return lines;
}

function measure(text: string, widthOf: (character: string) => number): number {
  let sum = 0;
  for (const character of text) sum += widthOf(character);
  return sum;
}
