import { HeduiError } from '@hedui/errors';
import { cleanCell, describeColumn } from './cells.js';
import type { ColumnSpec, RawRow } from './columns.js';
import { MAX_NAMED_COLUMNS, type RowReader, unknownColumnWarning } from './row-reader.js';

const forbidden = /[\0\p{Surrogate}]/u;

/** Rows of NDJSON: one object a line; keys are the columns in camelCase or snake_case; blank lines are passed over. */
export function ndjsonRows(columns: readonly ColumnSpec[], maxRowLength: number): RowReader {
  const indexByKey = new Map<string, number>();
  columns.forEach((column, index) => {
    indexByKey.set(column.name, index);
    indexByKey.set(camelCase(column.name), index);
  });
  const warnings: string[] = [];
  const unknown = new Set<string>();
  let text = '';
  let at = 0;
  let line = 1;
  let ended = false;
  let started = false;
  let skipping = false;
  /** An unfinished line is looked at again only when the text has doubled, so that small pieces stay linear. */
  let retryAt = 0;

  function read(source: string): RawRow {
    const row = { line, cells: new Array<string>(columns.length).fill(''), unreadable: null };
    const object = parseObject(source);
    if (object === null) return { ...row, malformed: true };
    const unreadable: number[] = [];
    for (const [key, value] of Object.entries(object)) {
      const index = indexByKey.get(key);
      if (index === undefined) {
        noteUnknown(key);
        continue;
      }
      const cell = cellOf(value);
      if (cell === null) unreadable.push(index);
      else row.cells[index] = cleanCell(cell);
    }
    return { ...row, malformed: false, unreadable: unreadable.length > 0 ? unreadable : null };
  }

  function noteUnknown(key: string): void {
    if (unknown.size >= MAX_NAMED_COLUMNS) return;
    const name = describeColumn(key, null);
    if (unknown.has(name)) return;
    unknown.add(name);
    warnings.push(unknownColumnWarning(name));
  }

  return {
    warnings,
    push(piece) {
      text = at < text.length ? text.slice(at) + piece : piece;
      at = 0;
    },
    end() {
      ended = true;
    },
    start() {
      while (!started && at < text.length && isBlank(text.charCodeAt(at))) {
        if (text.charCodeAt(at) === 0x0a) line++;
        at++;
      }
      if (started || at >= text.length) return started;
      if (text.charAt(at) !== '{') {
        throw new HeduiError('HEADER_UNUSABLE', {
          errors: [{ line, column: null, code: 'ROW_MALFORMED', rule: '不是 NDJSON / not NDJSON: one object a line' }],
        });
      }
      started = true;
      return true;
    },
    next() {
      while (at < text.length && (ended || text.length - at >= retryAt)) {
        retryAt = 0;
        const lf = text.indexOf('\n', at);
        const complete = lf >= 0 || ended;
        const to = lf >= 0 ? lf : text.length;
        if (skipping) {
          at = lf >= 0 ? lf + 1 : text.length;
          if (lf >= 0) line++;
          skipping = lf < 0;
          continue;
        }
        if (to - at > maxRowLength) {
          skipping = lf < 0;
          at = lf >= 0 ? lf + 1 : text.length;
          const row = { line, cells: columns.map(() => ''), malformed: true, unreadable: null };
          if (lf >= 0) line++;
          return row;
        }
        if (!complete) {
          retryAt = Math.min((to - at) * 2, maxRowLength + 1);
          return null;
        }
        const source = text.slice(at, to).trim();
        at = lf >= 0 ? lf + 1 : text.length;
        const row = source === '' ? null : read(source);
        line++;
        if (row) return row;
      }
      return null;
    },
  };
}

function parseObject(source: string): object | null {
  if (!source.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(source);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

/** Null: not a cell. A number beyond 2^53 has lost digits already (a document number not written as text). */
function cellOf(value: unknown): string | null {
  if (value === null) return '';
  if (typeof value === 'string') return forbidden.test(value) ? null : value;
  if (typeof value !== 'number' || Math.abs(value) > Number.MAX_SAFE_INTEGER) return null;
  return String(value);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d || code === 0xfeff;
}
