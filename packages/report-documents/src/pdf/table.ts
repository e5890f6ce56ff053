import type { Column, Row, Table } from '../blocks.js';
import { COLOUR, drawLines, heightOf, type Line, newPage, PAGE, type Paper, setLines } from './paper.js';

const PAD_X = 4;
const PAD_Y = 2.5;
const SIZE = 8.5;

interface Box {
  x: number;
  width: number;
  lines: readonly Line[];
  align: 'left' | 'right' | 'centre';
  fill?: string | undefined;
}
interface SetRow {
  boxes: Box[];
  height: number;
  section: boolean;
}

const heightOfBoxes = (boxes: readonly Box[]): number =>
  Math.max(...boxes.map(({ lines }) => heightOf(lines))) + 2 * PAD_Y;

/** Left edges and widths of the columns, in points. */
function placesOf(columns: readonly Column[]): { x: number; width: number }[] {
  const total = columns.reduce((sum, { width }) => sum + width, 0);
  let x: number = PAGE.left;
  return columns.map((column) => {
    const place = { x, width: (column.width / total) * PAGE.width };
    x += place.width;
    return place;
  });
}

function headRow(
  paper: Paper,
  columns: readonly Column[],
  places: readonly { x: number; width: number }[],
): SetRow | null {
  if (columns.every(({ heading }) => heading === undefined)) return null;
  const boxes = places.map(({ x, width }, at): Box => {
    const { heading, align = 'left' } = columns[at] ?? {};
    const style = { size: SIZE, weight: 'bold' } as const;
    const lines = setLines(paper, heading === undefined ? [] : [heading], style, width - 2 * PAD_X);
    return { x, width, lines, align, fill: COLOUR.head };
  });
  return { boxes, height: heightOfBoxes(boxes), section: false };
}

function setRow(
  paper: Paper,
  row: Row,
  last: boolean,
  columns: readonly Column[],
  places: readonly { x: number; width: number }[],
): SetRow {
  if ('section' in row) {
    const style = { size: SIZE, weight: last ? 'regular' : 'bold' } as const;
    const lines = setLines(paper, row.section, style, PAGE.width - 2 * PAD_X);
    const box: Box = { x: PAGE.left, width: PAGE.width, lines, align: 'left', fill: last ? undefined : COLOUR.label };
    return { boxes: [box], height: heightOfBoxes([box]), section: !last };
  }
  const boxes = places.map(({ x, width }, at): Box => {
    const column = columns[at];
    const lines = setLines(paper, row.cells[at] ?? [], { size: SIZE }, width - 2 * PAD_X);
    return { x, width, lines, align: column?.align ?? 'left', fill: column?.label ? COLOUR.label : undefined };
  });
  return { boxes, height: heightOfBoxes(boxes), section: false };
}

function drawRow(paper: Paper, boxes: readonly Box[], height: number): void {
  const { pdf, y } = paper;
  for (const { x, width, fill } of boxes) {
    pdf.rect(x, y, width, height).lineWidth(0.5);
    if (fill === undefined) pdf.stroke(COLOUR.rule);
    else pdf.fillAndStroke(fill, COLOUR.rule);
  }
  for (const { x, width, lines, align } of boxes) {
    drawLines(paper, lines, x + PAD_X, y + PAD_Y, width - 2 * PAD_X, align);
  }
  paper.y = y + height;
}

/** The first lines that fit into a height, and the rest. */
function split(lines: readonly Line[], room: number): [Line[], Line[]] {
  let used = 0;
  let count = 0;
  for (const { height } of lines) {
    if (used + height > room) break;
    used += height;
    count++;
  }
  return [lines.slice(0, count), lines.slice(count)];
}

/** Draws a row that is higher than a page: what fits, and the rest on the next pages. */
function drawInParts(paper: Paper, row: SetRow, turn: () => void): void {
  let boxes = row.boxes;
  while (heightOfBoxes(boxes) > PAGE.bottom - paper.y) {
    const room = PAGE.bottom - paper.y - 2 * PAD_Y;
    const parts = boxes.map((box) => ({ box, parts: split(box.lines, room) }));
    if (parts.some(({ parts: [fits] }) => fits.length > 0)) {
      const now = parts.map(({ box, parts: [fits] }) => ({ ...box, lines: fits }));
      drawRow(paper, now, PAGE.bottom - paper.y);
      boxes = parts.map(({ box, parts: [, rest] }) => ({ ...box, lines: rest }));
    }
    turn();
  }
  drawRow(paper, boxes, heightOfBoxes(boxes));
}

/** Height that has to fit so that row `at` may begin here: a section row takes the rows of its section along. */
function heightTogether(rows: readonly SetRow[], at: number, limit: number): number {
  let height = rows[at]?.height ?? 0;
  if (!rows[at]?.section) return height;
  for (let next = at + 1; next < rows.length && !rows[next]?.section; next++) {
    const more = rows[next]?.height ?? 0;
    // A long section may break between its rows; its heading and first row stay together.
    if (next > at + 1 && height + more > limit / 3) break;
    height += more;
  }
  return height;
}

/** A table whose lines are broken and whose heights are known. */
export interface SetTable {
  head: SetRow | null;
  rows: readonly SetRow[];
  /** Height of the heading row and the first rows, which a heading above the table must not leave. */
  opening: number;
}

export function setTable(paper: Paper, { columns, rows }: Table): SetTable {
  const places = placesOf(columns);
  const head = headRow(paper, columns, places);
  const set = rows.map((row, at) => setRow(paper, row, at > 0 && at === rows.length - 1, columns, places));
  return { head, rows: set, opening: (head?.height ?? 0) + heightTogether(set, 0, bodyHeight(head)) };
}

/** Height that rows may take on a page of their own. */
const bodyHeight = (head: SetRow | null): number => PAGE.height - (head?.height ?? 0);

/** Draws a table from `paper.y`, over as many pages as it takes, with its heading row on each of them. */
export function drawTable(paper: Paper, { head, rows, opening }: SetTable): void {
  const drawHead = (): void => {
    if (head !== null) drawRow(paper, head.boxes, head.height);
  };
  const turn = (): void => {
    newPage(paper);
    drawHead();
  };
  const body = bodyHeight(head);
  if (paper.y > PAGE.top && paper.y + opening > PAGE.bottom && opening <= PAGE.height) newPage(paper);
  drawHead();
  for (const [at, row] of rows.entries()) {
    const together = heightTogether(rows, at, body);
    const fits = paper.y + together <= PAGE.bottom;
    const fresh = at === 0 || paper.y <= PAGE.top + (head?.height ?? 0);
    // A row that would leave a third of a page empty is broken instead, unless hardly a line of it would fit.
    const movable = row.height <= body / 3 || PAGE.bottom - paper.y < 60;
    if (!fits && !fresh && movable) turn();
    if (row.height <= PAGE.bottom - paper.y) drawRow(paper, row.boxes, row.height);
    else drawInParts(paper, row, turn);
  }
  paper.y += 8;
}
