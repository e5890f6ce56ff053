/** What a part of a batch comes to by itself is what it comes to within the whole. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Day, parseDay, type RequestHousehold, readRequested } from '@hedui/contracts';
import { parsePolicy } from '@hedui/means-test';
import { createPseudonyms, parseKeyFile } from '@hedui/privacy';
import { openCsvParts, openTable } from '@hedui/tables';
import { everyone } from '@hedui/testing';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { longPrintOf } from '../src/authorisations/person-prints.js';
import { AT, BATCH_COLUMNS } from '../src/intake/columns.js';
import { createGrouper } from '../src/intake/groups.js';
import type { Reject } from '../src/intake/household.js';
import { createJudge } from '../src/intake/judge-household.js';
import { type NamedHousehold, readNamed } from '../src/intake/named-chunk.js';
import { blindHousehold, namedHousehold } from '../src/intake/pack-chunk.js';
import { longPrintsOf, type PartContext, packedOf, rejectedIn, rejectsIn } from '../src/intake/parts/part.js';
import { createPartReader } from '../src/intake/parts/read-part.js';
import { createRefHash } from '../src/intake/ref-hash.js';
import { applicant, csv, member, type Row, residentNumber } from './support/people.js';

const asOf = parseDay('2026-11-15') as Day;
const parsed = parsePolicy(
  readFileSync(path.join(__dirname, '../../../infra/local/sample/policy.yaml'), 'utf8'),
  'yaml',
);
if (!parsed.ok) throw new Error('the sample policy is not valid');
const { policy } = parsed;
const keys = (fill: number) =>
  createPseudonyms(
    parseKeyFile(JSON.stringify({ current: '1', keys: { 1: Buffer.alloc(32, fill).toString('base64') } }), 'test'),
  );
const sent = keys(2);
const own = keys(3);
const refKey = Buffer.alloc(32, 4);
const hash = createRefHash(refKey);
const reach = everyone();
const LIMIT = 4;
const MARK = '\uFEFF';

/** What is stored of a batch, whoever reads it. */
interface Outcome {
  named: NamedHousehold[];
  requests: Omit<RequestHousehold, 'index'>[];
  index: { line: number; refHash: string; region: string; programme: string }[];
  prints: number[];
  rejects: (Reject & { ref: string })[];
  rejectedHouseholds: { line: number; refHash: string }[];
  rejected: number;
  rejectedRows: number;
  rows: number;
}

const nothing = (): Outcome => ({
  ...{ named: [], requests: [], index: [], prints: [], rejects: [], rejectedHouseholds: [] },
  ...{ rejected: 0, rejectedRows: 0, rows: 0 },
});

async function* whole(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function inOne(text: string): Promise<Outcome> {
  const table = await openTable(whole(text), { format: 'csv', columns: BATCH_COLUMNS });
  const judge = createJudge(policy, asOf, reach);
  const grouper = createGrouper(LIMIT);
  const out = nothing();
  const take = (groups: ReturnType<typeof grouper.push>) => {
    for (const group of groups) {
      const judgement = judge(group);
      if (judgement.ok) {
        const { household } = judgement;
        const { index: _, ...request } = blindHousehold(household, 0, sent);
        out.requests.push(request);
        out.named.push(namedHousehold(household));
        const { ref, region, programme } = household;
        const line = household.persons[0]?.line ?? 0;
        out.index.push({ line, refHash: hash(ref).toString('hex'), region, programme });
        for (const { identity } of household.persons) out.prints.push(longPrintOf(own.person(identity)));
        continue;
      }
      for (const reject of judgement.rejects) out.rejects.push({ ...reject, ref: group.ref });
      out.rejectedRows += group.rows.length;
      if (group.part === 'tail') continue;
      out.rejected++;
      if (group.ref === '') continue;
      out.rejectedHouseholds.push({ line: group.rows[0]?.line ?? 0, refHash: hash(group.ref).toString('hex') });
    }
  };
  for await (const rows of table.rows()) {
    for (const row of rows) {
      out.rows++;
      take(grouper.push(row));
    }
  }
  take(grouper.end());
  return out;
}

async function inParts(text: string, groups: number): Promise<Outcome & { parts: number; rest: number }> {
  const options = { columns: BATCH_COLUMNS, key: AT.household_ref, leastBytes: 1, groups };
  const opened = await openCsvParts(whole(text), options);
  if (opened.parts === null) throw new Error('not cut at all');
  const { form } = opened.parts;
  const { regions, purposes } = reach;
  const keysOf = { sent: sent.householdKeys(), own: own.householdKeys() };
  const context: PartContext = {
    ...{ form, policy, asOf, reach: { regions, purposes }, maxHouseholdRows: LIMIT, ...keysOf, refKey },
  };
  // As it arrives in a thread.
  const read = createPartReader(structuredClone(context));
  const out = nothing();
  let parts = 0;
  for await (const { bytes, line } of opened.parts.parts()) {
    const part = read(bytes, line);
    parts++;
    for (const chunk of part.chunks) {
      const packed = packedOf(chunk, part.kinds);
      out.named.push(...readNamed(packed.named));
      const requests = readRequested(packed.request);
      expect(requests.map(({ index }) => index)).toEqual(packed.index.map(({ place }) => place));
      for (const { index: _, ...request } of requests) out.requests.push(request);
      for (const { line: at, refHash, region, programme } of packed.index) {
        out.index.push({ line: at, refHash: refHash?.toString('hex') ?? '', region, programme });
      }
      for (const [, print] of longPrintsOf(chunk)) out.prints.push(print);
    }
    out.rejects.push(...rejectsIn(part));
    for (const { line: at, refHash } of rejectedIn(part)) {
      out.rejectedHouseholds.push({ line: at, refHash: refHash.toString('hex') });
    }
    out.rejected += part.rejected;
    out.rejectedRows += part.rejectedRows;
    out.rows += part.rows;
  }
  let rest = 0;
  for await (const rows of opened.parts.rest({ batchRows: 9, maxRows: Infinity, before: 0 })) rest += rows.length;
  return { ...out, parts, rest };
}

const over = fc.constantFrom<Row>(
  ...[{}, {}, {}, {}, {}, { region: '' }, { name: '' }, { declared_wage: 'x' }, { programme: 'nothing' }],
  ...[{ id_number: '123' }, { id_number: residentNumber('19700101', 1) }, { authorisation_no: '' }],
  ...[{ household_ref: '' }, { region: '520115' }, { benefit_no: 'B,1' }, { relation: 'spouse' }],
);
const household = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.array(over, { minLength: 1, maxLength: LIMIT + 3 }));

describe('parts of a batch', () => {
  it('give the households, index rows, prints, rejects and counts that the whole gives, in its order', async () => {
    let cuts = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(household, { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 1, max: 6 }),
        async (all, groups) => {
          let person = 0;
          const rows = all.flatMap(([ref, overs]) =>
            overs.map((one, i) => {
              person++;
              return i === 0 ? applicant(`H${ref}`, person, one) : member(`H${ref}`, person, 'child', one);
            }),
          );
          const text = `${MARK}${csv(...rows)}\n`;
          const { parts, rest, ...many } = await inParts(text, groups);
          cuts += parts - 1;
          expect(many).toEqual(await inOne(text));
          expect(rest).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
    expect(cuts).toBeGreaterThan(100);
  });

  it('become chunks of a thousand households, whatever a part holds', async () => {
    const rows = Array.from({ length: 2300 }, (_, i) => applicant(`H${i}`, i % 40));
    const options = { columns: BATCH_COLUMNS, key: AT.household_ref, leastBytes: 1 };
    const opened = await openCsvParts(whole(`${MARK}${csv(...rows)}`), options);
    const sizes: number[] = [];
    for await (const { bytes, line } of opened.parts?.parts() ?? []) {
      const { regions, purposes } = reach;
      const form = opened.parts?.form;
      if (form === undefined) throw new Error('not cut at all');
      const context = { form, policy, asOf, reach: { regions, purposes }, maxHouseholdRows: LIMIT };
      const part = createPartReader({ ...context, sent: sent.householdKeys(), own: null, refKey })(bytes, line);
      sizes.push(...part.chunks.map(({ lines }) => lines.length));
    }
    expect(sizes).toEqual([1000, 1000, 300]);
  });
});
