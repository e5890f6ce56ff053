import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from 'yaml';

export type DocumentPath = readonly (string | number)[];

/** Finds the line of a key path in a document: of the key itself, or of the nearest thing around it that is there. */
export interface Locator {
  lineOf(path: DocumentPath): number | null;
}

export const NO_LINES: Locator = { lineOf: () => null };

/** A locator over a parsed YAML (or JSON) document. */
export function locator(document: Document.Parsed, lines: LineCounter): Locator {
  return {
    lineOf(path) {
      let node: unknown = document.contents;
      let offset = startOf(node);
      for (const segment of path) {
        const next = step(document, node, segment);
        if (next === null) break;
        offset = next.offset ?? offset;
        node = next.node;
      }
      return offset === null ? null : lines.linePos(offset).line;
    },
  };
}

function startOf(node: unknown): number | null {
  const range = (node as Node | null)?.range;
  return range ? range[0] : null;
}

/** Items of a list stand where they begin, values of a map where their key stands. */
function step(
  document: Document.Parsed,
  parent: unknown,
  segment: string | number,
): { node: unknown; offset: number | null } | null {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq(node)) {
    const item = node.items[Number(segment)];
    return item === undefined ? null : { node: item, offset: startOf(item) };
  }
  if (isMap(node)) {
    const pair = node.items.find((p: Pair) => String(isScalar(p.key) ? p.key.value : p.key) === String(segment));
    return pair === undefined ? null : { node: pair.value, offset: startOf(pair.key) };
  }
  return null;
}
