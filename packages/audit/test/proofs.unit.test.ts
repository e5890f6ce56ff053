import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonical, type Json, readCanonical } from '../src/proof/canonical.js';
import { growingTree } from '../src/proof/growing-tree.js';
import { inclusionProof, leafHash, merkleRoot, rootFrom } from '../src/proof/merkle.js';

const leaves = (n: number) => Array.from({ length: n }, (_, i) => leafHash(String(i)));
const hex = (bytes: Uint8Array | null) => (bytes ? Buffer.from(bytes).toString('hex') : null);

describe('the tree', () => {
  it('is that of RFC 6962: the known roots of Certificate Transparency', () => {
    const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
    const roots = [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ];
    const hashes = inputs.map((input) => leafHash(Buffer.from(input, 'hex')));
    expect(roots.map((_, i) => hex(merkleRoot(hashes.slice(0, i + 1))))).toEqual(roots);
    expect(hex(merkleRoot([]))).toBe(createHash('sha256').digest('hex'));
  });

  it('proves every leaf of every size, and no leaf in the place of another', () => {
    for (let n = 1; n <= 70; n++) {
      const all = leaves(n);
      const root = hex(merkleRoot(all));
      const grown = growingTree();
      for (const leaf of all) grown.add(leaf);
      expect(hex(grown.root())).toBe(root);
      all.forEach((leaf, i) => {
        const path = inclusionProof(all, i);
        expect(hex(rootFrom(leaf, i, n, path))).toBe(root);
        if (n > 1) expect(hex(rootFrom(leaf, (i + 1) % n, n, path))).not.toBe(root);
        expect(rootFrom(leaf, i, n, [...path, leaf])).toBeNull();
      });
    }
  });
});

describe('canonical text', () => {
  it('is one for each value, whatever the order of its keys', () => {
    const whole = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string({ unit: 'grapheme' }),
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(
          fc.string().filter((key) => key !== '__proto__'),
          tie('value'),
          { maxKeys: 5, noNullPrototype: true },
        ),
      ),
    })).value;
    fc.assert(
      fc.property(whole, (value) => {
        const text = canonical(value);
        expect(canonical(JSON.parse(text) as Json)).toBe(text);
        expect(readCanonical(text)).not.toBeNull();
        expect(readCanonical(` ${text}`)).toBeNull();
      }),
    );
    expect(canonical({ b: 1, a: [true, null, 'é\n'] })).toBe('{"a":[true,null,"é\\n"],"b":1}');
    expect(() => canonical(0.5)).toThrow(TypeError);
    expect(() => canonical('\ud800')).toThrow(TypeError);
  });
});
