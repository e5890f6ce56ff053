import PDFDocument from 'pdfkit';
import type { Block, Composition, Item, Table } from '../blocks.js';
import type { Language } from '../document.js';
import { type Phrase, speak } from '../phrase.js';
import { fontFile } from './fonts.js';
import {
  COLOUR,
  drawLines,
  flow,
  heightOf,
  type Line,
  makeRoom,
  newPage,
  PAGE,
  type Paper,
  setLines,
} from './paper.js';
import { drawTable, type SetTable, setTable } from './table.js';

const CONCLUSION_COLOUR = {
  meets: '#2e7d32',
  does_not_meet: '#b3261e',
  needs_review: '#9a5b00',
  incomplete: '#5f6368',
};

/** `below`: height that has to stand under the heading on its page. */
function drawHeading(paper: Paper, { text, aside, minor }: Block & { kind: 'heading' }, below: number): void {
  const right = aside === undefined ? '' : beside(aside, paper.language);
  const told = setLines(paper, right === '' ? [] : [right], { size: 8, colour: COLOUR.quiet }, PAGE.width * 0.6);
  const width = PAGE.width - 16 - Math.max(0, ...told.map((line) => line.width));
  const shift = minor ? 0 : 8;
  const lines = setLines(paper, [text], { size: minor ? 9.5 : 11, weight: 'bold' }, width);
  const height = Math.max(heightOf(lines), heightOf(told));
  paper.y += minor ? 2 : 8;
  if (paper.y + height + 4 + below > PAGE.bottom && paper.y > PAGE.top) newPage(paper);
  if (!minor) paper.pdf.rect(PAGE.left, paper.y + 2, 3, height - 3).fill('#1f4e79');
  drawLines(paper, told, PAGE.left, paper.y + 2, PAGE.width, 'right');
  drawLines(paper, lines, PAGE.left + shift, paper.y, width);
  paper.y += height + 4;
}

function drawConclusion(paper: Paper, block: Block & { kind: 'conclusion' }): void {
  const colour = CONCLUSION_COLOUR[block.conclusion];
  const width = PAGE.width - 26;
  const lines = [
    ...setLines(paper, [block.text], { size: 13, weight: 'bold', colour }, width),
    ...setLines(paper, block.lines, { size: 9 }, width),
  ];
  const height = heightOf(lines) + 16;
  paper.y += 4;
  makeRoom(paper, height);
  paper.pdf.rect(PAGE.left, paper.y, PAGE.width, height).lineWidth(1).stroke(colour);
  paper.pdf.rect(PAGE.left, paper.y, 5, height).fill(colour);
  drawLines(paper, lines, PAGE.left + 15, paper.y + 8, width);
  paper.y += height + 8;
}

function drawItem(paper: Paper, { text, facts, remedy }: Item, place: number): void {
  const x = PAGE.left + 20;
  const width = PAGE.width - 20;
  const lines = setLines(paper, [text], { size: 9.5 }, width);
  const told = facts.map((fact) => setLines(paper, [fact], { size: 9 }, width - 12));
  const cure = remedy === undefined ? [] : setLines(paper, [remedy], { size: 9, colour: '#1f4e79' }, width);
  const whole = heightOf([...lines, ...told.flat(), ...cure]) + 1;
  // A short item stays on one page; of a long one the sentence and its first fact do.
  makeRoom(paper, whole <= 160 ? whole : heightOf([...lines, ...(told[0] ?? [])]));
  const mark = setLines(paper, [`${place}.`], { size: 9.5 }, 18);
  drawLines(paper, mark, PAGE.left, paper.y, 16, 'right');
  flow(paper, lines, x, width);
  for (const fact of told) {
    makeRoom(paper, fact[0]?.height ?? 0);
    drawLines(paper, setLines(paper, ['·'], { size: 9 }, 10), x + 3, paper.y, 10);
    flow(paper, fact, x + 12, width - 12);
  }
  paper.y += 1;
  flow(paper, cure, x, width);
  paper.y += 5;
}

function drawSignature(paper: Paper, lines: readonly Line[]): void {
  paper.y += 12;
  makeRoom(paper, heightOf(lines));
  flow(paper, lines, PAGE.left, PAGE.width, 'right');
}

function paragraphLines(paper: Paper, { text, tone }: Block & { kind: 'paragraph' }): Line[] {
  const style = tone === 'note' ? { size: 8.5, colour: COLOUR.quiet } : { size: 9.5 };
  return setLines(paper, [text], style, PAGE.width);
}

/** Draws the blocks one after another; a heading stays with what follows, a signature with the paragraph before it. */
function drawBlocks(paper: Paper, blocks: readonly Block[]): void {
  const tables = new Map<Block, SetTable>();
  const setOnce = (table: Table): SetTable => {
    const known = tables.get(table) ?? setTable(paper, table);
    tables.set(table, known);
    return known;
  };
  /** Height of what has to stand below block `at` on its page: of headings the table at their end too. */
  const follows = (at: number): number => {
    const next = blocks[at];
    if (next?.kind === 'table') return setOnce(next).opening;
    return next?.kind === 'heading' ? 24 + follows(at + 1) : 30;
  };
  const signatureLines = (block: Block | undefined): Line[] =>
    block?.kind === 'signature' ? setLines(paper, block.lines, { size: 10 }, PAGE.width) : [];
  for (const [at, block] of blocks.entries()) {
    switch (block.kind) {
      case 'title': {
        const lines = setLines(paper, [block.text], { size: 17, weight: 'bold' }, PAGE.width);
        flow(paper, lines, PAGE.left, PAGE.width, 'centre');
        paper.y += 10;
        break;
      }
      case 'heading':
        drawHeading(paper, block, follows(at + 1));
        break;
      case 'paragraph': {
        const lines = paragraphLines(paper, block);
        const signed = signatureLines(blocks[at + 1]);
        makeRoom(paper, heightOf(lines) + (signed.length === 0 ? 0 : heightOf(signed) + 20));
        flow(paper, lines, PAGE.left, PAGE.width);
        paper.y += 4;
        break;
      }
      case 'conclusion':
        drawConclusion(paper, block);
        break;
      case 'items':
        for (const [place, item] of block.items.entries()) drawItem(paper, item, place + 1);
        break;
      case 'signature':
        drawSignature(paper, signatureLines(block));
        break;
      case 'table':
        drawTable(paper, setOnce(block));
        break;
    }
  }
}

/** Languages beside each other: for the narrow lines on top and at the foot of a page. */
function beside(phrase: Phrase, language: Language): string {
  return speak(phrase, language)
    .map(({ text }) => text)
    .join(' · ');
}

/** The number of the report on top, statement, policy and page number at the foot of each page. */
function drawMargins(paper: Paper, { title, running, foot }: Composition): void {
  const { pdf, language } = paper;
  const { start, count } = pdf.bufferedPageRange();
  const style = { size: 7, colour: COLOUR.quiet };
  const [first] = speak(title, language);
  const top = setLines(paper, [first?.text ?? ''], style, 190).slice(0, 1);
  const number = setLines(paper, [beside(running, language)], style, 310).slice(0, 2);
  const lines = foot.flatMap((line) => setLines(paper, [beside(line, language)], style, 420)).slice(0, 4);
  for (let at = 0; at < count; at++) {
    pdf.switchToPage(start + at);
    drawLines(paper, top, PAGE.left, 40, 190);
    drawLines(paper, number, PAGE.right - 310, number.length > 1 ? 33 : 40, 310, 'right');
    pdf.moveTo(PAGE.left, 55).lineTo(PAGE.right, 55).lineWidth(0.5).stroke(COLOUR.rule);
    pdf.moveTo(PAGE.left, 786).lineTo(PAGE.right, 786).lineWidth(0.5).stroke(COLOUR.rule);
    drawLines(paper, lines, PAGE.left, 790, 420);
    const page = language === 'en' ? `Page ${at + 1} of ${count}` : `第 ${at + 1} 页 / 共 ${count} 页`;
    drawLines(paper, setLines(paper, [page], style, 90), PAGE.right - 90, 790, 90, 'right');
  }
}

/** The date of the file comes from the report: the same report gives the same bytes. */
function dateOf({ issuedAt, asOf }: Composition): Date {
  const issued = Date.parse(issuedAt);
  return new Date(Number.isNaN(issued) ? `${asOf}T00:00:00Z` : issued);
}

/** Sets a composition on A4 pages. The document is ended: its bytes wait in it to be read. */
export function writePdf(composition: Composition, language: Language): { pdf: PDFKit.PDFDocument; pages: number } {
  const plain = (phrase: Phrase): string => speak(phrase, language)[0]?.text ?? '';
  const pdf = new PDFDocument({
    size: 'A4',
    pdfVersion: '1.7',
    // The margins are kept by this package: with its own ones the writer would begin pages by itself.
    margin: 0,
    bufferPages: true,
    lang: language === 'en' ? 'en' : 'zh-CN',
    displayTitle: true,
    info: {
      Title: plain(composition.title),
      Author: plain(composition.author),
      Subject: plain(composition.running),
      CreationDate: dateOf(composition),
    },
  });
  pdf.registerFont('regular', fontFile('regular'));
  pdf.registerFont('bold', fontFile('bold'));
  // Fonts are numbered as they are first used: used here, their numbers do not depend on what was measured before.
  pdf.font('bold').font('regular');
  const paper: Paper = { pdf, language, y: PAGE.top };
  drawBlocks(paper, composition.blocks);
  const pages = pdf.bufferedPageRange().count;
  drawMargins(paper, composition);
  pdf.end();
  return { pdf, pages };
}
