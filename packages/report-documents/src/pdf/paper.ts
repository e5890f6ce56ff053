import type { Language } from '../document.js';
import { type Phrase, speak } from '../phrase.js';
import { type Weight, withGlyphs } from './fonts.js';
import { breakLines } from './line-breaks.js';

/** Points; A4 is 595.28 × 841.89. */
export const PAGE = { left: 42, right: 553, top: 62, bottom: 778, width: 511, height: 716 } as const;
export const COLOUR = {
  text: '#1a1a1a',
  quiet: '#555555',
  rule: '#9aa5b1',
  head: '#e4ebf2',
  label: '#f3f5f8',
} as const;
const LEADING = 1.38;
const SECOND = 0.84;

export interface Style {
  size: number;
  weight?: Weight;
  colour?: string;
}

/** One line ready to be drawn. */
export interface Line {
  text: string;
  size: number;
  weight: Weight;
  colour: string;
  width: number;
  height: number;
}

/** Where the next thing goes. `y` moves down; a new page puts it back on top. */
export interface Paper {
  pdf: PDFKit.PDFDocument;
  language: Language;
  y: number;
}

/** Widths as shares of the size, by weight and character: the fonts never change, so they are measured once. */
const widths: Readonly<Record<Weight, Map<string, number>>> = { regular: new Map(), bold: new Map() };

function widthOf(pdf: PDFKit.PDFDocument, weight: Weight, character: string): number {
  const known = widths[weight].get(character);
  if (known !== undefined) return known;
  const share = pdf.font(weight).fontSize(100).widthOfString(character) / 100;
  widths[weight].set(character, share);
  return share;
}

/** The font draws curly quotes as wide as a Chinese character, which tears English words apart. */
const narrowQuotes = (text: string): string => text.replace(/[‘’]/g, "'").replace(/[“”]/g, '"');

/** The lines of phrases within a width. English under Chinese, and additions, are smaller and grey. */
export function setLines(paper: Paper, phrases: readonly Phrase[], style: Style, width: number): Line[] {
  return phrases.flatMap((phrase) =>
    speak(phrase, paper.language).flatMap(({ text: spoken, lang, second, quiet }) => {
      const text = withGlyphs(lang === 'en' ? narrowQuotes(spoken) : spoken);
      const small = second || quiet;
      const size = small ? style.size * SECOND : style.size;
      const weight: Weight = small ? 'regular' : (style.weight ?? 'regular');
      const colour = small ? COLOUR.quiet : (style.colour ?? COLOUR.text);
      const share = (character: string): number => widthOf(paper.pdf, weight, character);
      return breakLines(text, width / size, share).map((line) => ({
        text: line,
        size,
        weight,
        colour,
        width: Array.from(line).reduce((sum, character) => sum + share(character), 0) * size,
        height: size * LEADING,
      }));
    }),
  );
}

export const heightOf = (lines: readonly Line[]): number => lines.reduce((sum, { height }) => sum + height, 0);

/** Draws lines from (x, y) down within a width; gives the y below them. */
export function drawLines(
  { pdf }: Paper,
  lines: readonly Line[],
  x: number,
  y: number,
  width: number,
  align: 'left' | 'right' | 'centre' = 'left',
): number {
  let at = y;
  for (const line of lines) {
    const spare = width - line.width;
    const shift = align === 'right' ? spare : align === 'centre' ? spare / 2 : 0;
    if (line.text !== '') {
      pdf.font(line.weight).fontSize(line.size).fillColor(line.colour);
      pdf.text(line.text, x + shift, at, { lineBreak: false });
    }
    at += line.height;
  }
  return at;
}

export function newPage(paper: Paper): void {
  paper.pdf.addPage();
  paper.y = PAGE.top;
}

/** Begins a page unless `height` still fits; what is higher than a page begins where it is. */
export function makeRoom(paper: Paper, height: number): void {
  if (paper.y + height > PAGE.bottom && paper.y > PAGE.top && height <= PAGE.height) newPage(paper);
}

/** Draws a flow of lines, over as many pages as it takes. */
export function flow(
  paper: Paper,
  lines: readonly Line[],
  x: number,
  width: number,
  align?: 'left' | 'right' | 'centre',
): void {
  for (const line of lines) {
    makeRoom(paper, line.height);
    paper.y = drawLines(paper, [line], x, paper.y, width, align);
  }
}
