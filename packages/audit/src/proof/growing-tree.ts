import { EMPTY_ROOT, nodeHash } from './merkle.js';

/** A tree that leaves are added to one after the other; it holds one hash for each bit of its size. */
export interface GrowingTree {
  add(leaf: Uint8Array): void;
  size(): number;
  root(): Buffer;
}

export function growingTree(): GrowingTree {
  /** Roots of whole subtrees, the largest first; `sizes` are their leaves. */
  const roots: Buffer[] = [];
  const sizes: number[] = [];
  let size = 0;
  return {
    add(leaf) {
      roots.push(Buffer.from(leaf));
      sizes.push(1);
      size++;
      for (let last = sizes.length - 1; last > 0 && sizes[last] === sizes[last - 1]; last--) {
        const right = roots.pop();
        const left = roots.pop();
        const leaves = sizes.pop();
        if (!right || !left || leaves === undefined) throw new RangeError('a tree has lost a part');
        roots.push(nodeHash(left, right));
        sizes[sizes.length - 1] = leaves * 2;
      }
    },
    size: () => size,
    root() {
      const newest = roots.at(-1);
      if (!newest) return EMPTY_ROOT;
      return roots.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), newest);
    },
  };
}
