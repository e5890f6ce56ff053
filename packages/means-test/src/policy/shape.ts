import { type CST, Parser } from 'yaml';

/** A policy nests four deep. */
const MAX_DEPTH = 24;
/** Keys of one map; the parser compares every key with every other. */
const MAX_KEYS = 1000;

/**
 * True when a text nests deeper, or has more keys side by side, than any policy. Asked before the text is composed: the
 * composer recurses, and running out of stack inside it can end the whole process. The parser itself keeps its own
 * stack, and so does this walk.
 */
export function hasAbsurdShape(text: string): boolean {
  const open: { token: CST.Token; depth: number }[] = [];
  for (const token of new Parser().parse(text)) open.push({ token, depth: 0 });
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at.depth > MAX_DEPTH) return true;
    const { token, depth } = at;
    if (token.type === 'document') {
      if (token.value) open.push({ token: token.value, depth });
    } else if ('items' in token) {
      if (isMap(token) && token.items.length > MAX_KEYS) return true;
      for (const item of token.items) {
        if (item.key) open.push({ token: item.key, depth: depth + 1 });
        if (item.value) open.push({ token: item.value, depth: depth + 1 });
      }
    }
  }
  return false;
}

function isMap(token: CST.BlockMap | CST.BlockSequence | CST.FlowCollection): boolean {
  return token.type === 'block-map' || (token.type === 'flow-collection' && token.start.source === '{');
}
