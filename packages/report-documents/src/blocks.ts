import type { Conclusion } from '@hedui/contracts';
import type { Phrase } from './phrase.js';

/**
 * What a document says, before it is decided whether it becomes HTML or PDF: both writers print the same blocks, so
 * that the two never tell different things.
 */
export type Block =
  | { kind: 'title'; text: Phrase }
  /** `minor`: of one table among several under a heading. */
  | { kind: 'heading'; text: Phrase; aside?: Phrase; minor?: true }
  | { kind: 'paragraph'; text: Phrase; tone?: 'plain' | 'note' }
  | { kind: 'conclusion'; conclusion: Conclusion; text: Phrase; lines: readonly Phrase[] }
  | { kind: 'items'; items: readonly Item[] }
  | { kind: 'signature'; lines: readonly Phrase[] }
  | Table;

/** One numbered item of a letter: what was found, the facts, and what clears it. */
export interface Item {
  text: Phrase;
  facts: readonly Phrase[];
  remedy?: Phrase | undefined;
}

export interface Column {
  /** Left out in every column: a table without a heading row. */
  heading?: Phrase;
  /** Share of the width. */
  width: number;
  align?: 'left' | 'right' | 'centre';
  /** A column of labels: shaded, and a row heading to those who listen. */
  label?: true;
}

export type Cell = readonly Phrase[];

export type Row = { cells: readonly Cell[] } | { section: Cell };

export interface Table {
  kind: 'table';
  columns: readonly Column[];
  /** A section row runs over all columns and stays with the rows below it. */
  rows: readonly Row[];
}

/** A document and what stands on each of its pages. */
export interface Composition {
  title: Phrase;
  /** On top of each page. */
  running: Phrase;
  /** At the foot of each page, under each other, with the page number. */
  foot: readonly Phrase[];
  /** Time of issue as the report gives it: the date of the file too. */
  issuedAt: string;
  /** As-of date (YYYY-MM-DD): the date of the file when the time of issue cannot be read. */
  asOf: string;
  author: Phrase;
  blocks: readonly Block[];
}
