import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { renderCitizenLetterPdf, renderReportPdf } from '../src/index.js';
import { withGlyphs } from '../src/pdf/fonts.js';
import { breakLines } from '../src/pdf/line-breaks.js';
import { writePdf } from '../src/pdf/write.js';
import { composeReport } from '../src/report/compose.js';
import { documentOf, finding, longReport, reportWith } from './given.js';

/** Lengths of the font files embedded in a PDF, in bytes. */
function embeddedFonts(pdf: Buffer): number[] {
  const text = pdf.toString('latin1');
  return [...text.matchAll(/\/FontFile2 (\d+) 0 R/g)].map(([, id]) => {
    const object = new RegExp(`\\n${id} 0 obj\\n<<[^>]*?/Length (\\d+)`).exec(text);
    return Number(object?.[1] ?? Number.NaN);
  });
}

describe('a report as PDF', () => {
  it('embeds a small part of the fonts in a report of three pages', async () => {
    const { pdf, pages } = writePdf(composeReport(documentOf()), 'zh');
    const bytes = await buffer(pdf);
    expect(pages).toBe(3);
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
    expect(bytes.toString('latin1')).toContain('/Count 3');
    expect(bytes.toString('latin1')).toMatch(/\/FontName \/[A-Z]{6}\+NotoSansSC/);
    const fonts = embeddedFonts(bytes);
    expect(fonts).toHaveLength(2);
    for (const length of fonts) expect(length).toBeLessThan(300_000);
  });

  it('gives the same bytes for the same report', async () => {
    const render = (): Promise<Buffer> => buffer(renderReportPdf(documentOf(), { language: 'both' }));
    const [first, second] = [await render(), await render()];
    expect(first.equals(second)).toBe(true);
    expect(first.toString('latin1')).toContain('(D:20261116013000Z)');
  });

  it('sets a long report of nine members and more than thirty findings', async () => {
    const { pdf, pages } = writePdf(composeReport(documentOf(longReport())), 'both');
    const bytes = await buffer(pdf);
    expect(pages).toBeGreaterThanOrEqual(8);
    expect(pages).toBeLessThanOrEqual(14);
    expect(bytes.toString('latin1')).toContain(`/Count ${pages}`);
  });

  it('ends although a cell is higher than several pages', () => {
    const detail = { remark: '很长的说明，'.repeat(4000) };
    const report = reportWith({ findings: [finding('VEHICLE_OWNED', { source: 'vehicle', detail })] });
    expect(writePdf(composeReport(documentOf(report)), 'zh').pages).toBeGreaterThan(10);
  });

  it('sets the letter', async () => {
    const bytes = await buffer(renderCitizenLetterPdf(documentOf(), { language: 'zh' }));
    expect(bytes.toString('latin1')).toMatch(/\/Count [12]\b/);
  });

  it('prints the number of a character that the font does not have', () => {
    expect(withGlyphs('䶮*')).toBe('䶮*');
    expect(withGlyphs('𠮷*')).toBe('[U+20BB7]*');
  });
});

describe('line breaks', () => {
  /** Every character is one wide, as on squared paper. */
  const on = (text: string, width: number): string[] => breakLines(text, width, () => 1);

  it('breaks Chinese after any character', () => {
    expect(on('居民家庭经济状况', 3)).toEqual(['居民家', '庭经济', '状况']);
  });
  it('begins no line with closing punctuation and ends none with opening punctuation', () => {
    expect(on('居民家，庭经济', 3)).toEqual(['居民', '家，庭', '经济']);
    expect(on('居民（家庭）', 3)).toEqual(['居民', '（家', '庭）']);
  });
  it('keeps words and numbers whole while they fit on a line', () => {
    expect(on('共 12,345.67 元', 9)).toEqual(['共', '12,345.67', '元']);
  });
  it('breaks a word that is wider than the line', () => {
    expect(on('ABCDEFG', 3)).toEqual(['ABC', 'DEF', 'G']);
  });
  it('gives one line for no text', () => {
    expect(on('', 3)).toEqual(['']);
  });
  it('leaves no line wider than the width and loses no character', () => {
    const text = '（申报：12,000.00 元；核实：48,000.00 元）ID_NAME_MISMATCH，「已反馈」'.repeat(5);
    for (let width = 6; width < 40; width++) {
      const lines = on(text, width);
      for (const line of lines) expect(Array.from(line).length).toBeLessThanOrEqual(width);
      expect(lines.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
    }
  });
});
