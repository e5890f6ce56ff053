import { CHUNK_HOUSEHOLDS, type Purpose } from '@hedui/contracts';
import { createHouseholdPseudonyms } from '@hedui/privacy';
import { readCsvPart } from '@hedui/tables';
import { createChunkPacker } from '../chunk-packer.js';
import { createGrouper, type RowGroup } from '../groups.js';
import type { IntakeHousehold, Reject } from '../household.js';
import { createJudge } from '../judge-household.js';
import { blindHousehold, namedHousehold } from '../pack-chunk.js';
import { CHUNK_PERSONS, createRefHash } from '../ref-hash.js';
import { chunkOf, type PartContext, type ReadPart } from './part.js';

/** Reads one part of a batch: `line` is the physical line with which its bytes begin. */
export type PartReader = (bytes: Uint8Array, line: number) => ReadPart;

/**
 * Reads, judges and packs parts of a batch as the whole of it would be read, judged and packed: what looks across parts (repeated references
 * and persons, registered papers, limits) is left to whoever puts them together. The reader throws ENCODING_INVALID for NUL bytes.
 */
export function createPartReader(context: PartContext): PartReader {
  const { form, policy, asOf, maxHouseholdRows } = context;
  const { regions, purposes } = context.reach;
  const judge = createJudge(policy, asOf, { regions: [...regions], purposes: purposes as Purpose[] });
  const sent = createHouseholdPseudonyms(context.sent);
  const own = context.own === null ? null : createHouseholdPseudonyms(context.own);
  const hash = createRefHash(context.refKey);

  return (bytes, line) => {
    const packer = createChunkPacker();
    const kinds = numbered<[string, string]>();
    const reasons = numbered<Omit<Reject, 'line'>>();
    const part = { rows: 0, chunks: [] as ReadPart['chunks'], refs: [] as string[], rejected: 0, rejectedRows: 0 };
    const rejects: number[] = [];
    const rejectedLines: number[] = [];
    const rejectedHashes: Buffer[] = [];
    let sizes: number[] = [];
    let persons = 0;

    function takeChunk(): void {
      const packed = packer.take();
      if (packed === null) return;
      const kindOf = (row: { region: string; programme: string }) =>
        kinds.of(`${row.region} ${row.programme}`, () => [row.region, row.programme]);
      part.chunks.push(chunkOf(packed, sizes, kindOf));
      sizes = [];
      persons = 0;
    }

    function accept(household: IntakeHousehold): void {
      const place = packer.count();
      const request = blindHousehold(household, place, sent);
      const joined =
        own === null
          ? request
          : { persons: household.persons.map(({ identity }) => ({ person: own.person(identity) })) };
      const { ref, region, programme } = household;
      packer.add({
        named: namedHousehold(household),
        request,
        joined,
        index: { place, line: household.persons[0]?.line ?? 0, refHash: hash(ref), region, programme },
      });
      sizes.push(household.persons.length);
      persons += household.persons.length;
      if (place + 1 >= CHUNK_HOUSEHOLDS || persons >= CHUNK_PERSONS) takeChunk();
    }

    function reject({ ref, rows, part: which }: RowGroup, faults: readonly Reject[]): void {
      const at = ref === '' ? -1 : part.refs.push(ref) - 1;
      for (const { line: where, column, code, rule } of faults) {
        const reason = reasons.of(`${column ?? ''} ${code} ${rule}`, () => ({ column, code, rule }));
        rejects.push(where, at, reason);
      }
      part.rejectedRows += rows.length;
      if (which === 'tail') return;
      part.rejected++;
      if (ref === '') return;
      rejectedLines.push(rows[0]?.line ?? 0);
      rejectedHashes.push(hash(ref));
    }

    const grouper = createGrouper(maxHouseholdRows);
    const take = (groups: readonly RowGroup[]) => {
      for (const group of groups) {
        const judgement = judge(group);
        if (judgement.ok) accept(judgement.household);
        else reject(group, judgement.rejects);
      }
    };
    readCsvPart(form, bytes, line, (row) => {
      part.rows++;
      take(grouper.push(row));
    });
    take(grouper.end());
    takeChunk();
    return {
      ...part,
      kinds: kinds.all,
      reasons: reasons.all,
      rejects: Int32Array.from(rejects),
      rejectedLines: Int32Array.from(rejectedLines),
      rejectedHashes: Buffer.concat(rejectedHashes),
    };
  };
}

/** Things that come again and again, each once, by number. */
function numbered<T>() {
  const known = new Map<string, number>();
  const all: T[] = [];
  return {
    all,
    of(name: string, make: () => T): number {
      const found = known.get(name);
      if (found !== undefined) return found;
      known.set(name, all.length);
      return all.push(make()) - 1;
    },
  };
}
