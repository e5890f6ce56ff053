import { type AuditRecord, auditRecordSchema } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import { canonical, type Json } from '../src/proof/canonical.js';
import { sha256Hex } from '../src/proof/checkpoint.js';
import { recordHash } from '../src/proof/records.js';
import { type ExportVerdict, verifyExport } from '../src/proof/verify-export.js';
import { bytesOf, inventPart } from './invented-log.js';

const ENTRIES = 30;
const whole = inventPart('verification', ENTRIES, { every: 10 });
const TAMPERINGS = 1_000;

/** Numbers that are the same in every run (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

interface Tampering {
  lines: string[] | Uint8Array;
  /** The first problem stands in one of these lines (from 1). */
  from: number;
  to: number;
}

type Tamper = (pick: (below: number) => number) => Tampering;

const copy = () => [...whole.lines];
const at = (lines: readonly string[], i: number) => lines[i] ?? '';
const anEntry = (pick: (below: number) => number) => whole.entryLines[pick(ENTRIES)] ?? 1;

/** The line that tells of lines deleted from `i` on: a checkpoint alone is missed by the next one, which names it. */
function nextToTell(i: number, count: number, left: number): number {
  const alone = count === 1 && whole.checkpointLines.includes(i);
  const next = alone ? (whole.checkpointLines.find((line) => line > i) ?? whole.lines.length - 1) : i + 1;
  return Math.min(next + 1, left);
}

/** Another value in the place of one that the line holds. */
function changed(line: string, pick: (below: number) => number): string {
  const value = JSON.parse(line) as { record: { entry: { [key: string]: Json }; at: string }; hash: string };
  const edits: (() => void)[] = [
    () => Object.assign(value.record.entry, { action: 'report.seen' }),
    () => Object.assign(value.record.entry, { object: { kind: 'report', id: `R${1000 + pick(1000)}` } }),
    () => Object.assign(value.record.entry, { actor: { subject: 'nobody', roles: [], department: null } }),
    () => Object.assign(value.record.entry, { region: null }),
    () => Object.assign(value.record.entry, { covers: { count: 1, root: sha256Hex(String(pick(1000))) } }),
    () => Object.assign(value.record, { at: '2026-11-02T00:00:00.000Z' }),
  ];
  edits[pick(edits.length)]?.();
  return canonical(value);
}

/** The same entry with another content, and everything in its own line made to fit. */
function rewritten(line: string): string {
  const { record } = JSON.parse(line) as { record: unknown };
  const parsed = auditRecordSchema.parse(record);
  const other = { ...parsed, entry: { ...parsed.entry, action: 'report.seen' } };
  return canonical({ hash: recordHash(other).toString('hex'), record: other });
}

const TAMPERS: Record<string, Tamper> = {
  'an entry edited': (pick) => {
    const lines = copy();
    const i = anEntry(pick);
    lines[i] = changed(at(lines, i), pick);
    return { lines, from: i + 1, to: i + 1 };
  },
  'an entry edited with its hash': (pick) => {
    const lines = copy();
    const i = anEntry(pick);
    lines[i] = rewritten(at(lines, i));
    // The next line tells: the entry that no longer follows, a checkpoint or the tail.
    return { lines, from: i + 2, to: i + 2 };
  },
  'everything from an entry on rewritten': (pick) => {
    const lines = copy();
    const first = pick(ENTRIES);
    let previous: string | null = null;
    for (const i of whole.entryLines.slice(first)) {
      const { record } = JSON.parse(at(lines, i)) as { record: unknown };
      const parsed = auditRecordSchema.parse(record);
      const entry: AuditRecord['entry'] = previous === null ? { ...parsed.entry, purpose: 'inspection' } : parsed.entry;
      const other: AuditRecord = { ...parsed, entry, previous: previous ?? parsed.previous };
      previous = recordHash(other).toString('hex');
      lines[i] = canonical({ hash: previous, record: other });
    }
    const start = whole.entryLines[first] ?? 0;
    const next = whole.checkpointLines.find((i) => i > start) ?? lines.length - 1;
    return { lines, from: next + 1, to: next + 1 };
  },
  'a line deleted': (pick) => {
    const lines = copy();
    const i = pick(lines.length);
    lines.splice(i, 1);
    return { lines, from: Math.min(i + 1, lines.length), to: nextToTell(i, 1, lines.length) };
  },
  'several lines deleted': (pick) => {
    const lines = copy();
    const i = 1 + pick(lines.length - 2);
    const count = 1 + pick(lines.length - i - 1);
    lines.splice(i, count);
    return { lines, from: i + 1, to: nextToTell(i, count, lines.length) };
  },
  'a line twice': (pick) => {
    const lines = copy();
    const i = pick(lines.length);
    lines.splice(i, 0, at(lines, i));
    return { lines, from: i + 2, to: i + 2 };
  },
  'a line from elsewhere inserted': (pick) => {
    const lines = copy();
    const i = 1 + pick(lines.length);
    const other = inventPart('verification', 3).lines;
    lines.splice(i, 0, at(other, 1 + pick(3)));
    // One that is the same as an entry of its place is told as the second of the two.
    return { lines, from: i + 1, to: i + 2 };
  },
  'rubbish inserted': (pick) => {
    const lines = copy();
    const i = pick(lines.length + 1);
    lines.splice(i, 0, ['', '{}', 'null', ' ', '{"record":1}', '\ufeff'][pick(6)] ?? '');
    return { lines, from: i + 1, to: i + 1 };
  },
  'two entries exchanged': (pick) => {
    const lines = copy();
    const first = pick(ENTRIES - 1);
    const second = first + 1 + pick(ENTRIES - first - 1);
    const [i, j] = [whole.entryLines[first] ?? 0, whole.entryLines[second] ?? 0];
    [lines[i], lines[j]] = [at(lines, j), at(lines, i)];
    return { lines, from: i + 1, to: i + 1 };
  },
  'cut off after a line': (pick) => {
    const kept = pick(whole.lines.length);
    return { lines: whole.lines.slice(0, kept), from: Math.max(kept, 1), to: Math.max(kept, 1) };
  },
  'cut off anywhere': (pick) => {
    const bytes = Buffer.from(`${whole.lines.join('\n')}\n`);
    const kept = pick(bytes.length - 1) + 1;
    const line = bytes.subarray(0, kept).toString().replace(/\n$/, '').split('\n').length;
    return { lines: bytes.subarray(0, kept), from: line, to: line };
  },
  'one byte changed': (pick) => {
    const bytes = Buffer.from(`${whole.lines.join('\n')}\n`);
    const i = pick(bytes.length);
    const line = bytes.subarray(0, i).toString().split('\n').length;
    bytes[i] = (bytes[i] ?? 0) ^ (1 << pick(8));
    // A line feed that is gone joins two lines; a new one parts them; an entry's own link is told where it is.
    return { lines: bytes, from: line, to: line + 1 };
  },
};

async function verdictOf(lines: string[] | Uint8Array): Promise<ExportVerdict> {
  return await verifyExport(lines instanceof Uint8Array ? [lines] : lines.length === 0 ? [] : bytesOf(lines));
}

describe('an export', () => {
  it('is whole as it came, in pieces of any size', async () => {
    const bytes = Buffer.from(`${whole.lines.join('\n')}\n`);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 97) }, (_, i) => bytes.subarray(i * 97, i * 97 + 97));
    const verdict = await verifyExport(pieces);
    expect(verdict.problems).toEqual([]);
    expect(verdict.logs).toMatchObject([{ log: 'verification', size: ENTRIES }]);
  });

  it(`that was tampered with in ${TAMPERINGS} ways is found out, and where`, async () => {
    const pick = numbers(20_261_123);
    const kinds = Object.keys(TAMPERS);
    const missed: string[] = [];
    for (let i = 0; i < TAMPERINGS; i++) {
      const kind = kinds[i % kinds.length] ?? '';
      const tampering = TAMPERS[kind]?.(pick);
      if (!tampering) throw new Error('there is no such tampering');
      const { problems } = await verdictOf(tampering.lines);
      const line = problems[0]?.line ?? 0;
      if (line < tampering.from || line > tampering.to) {
        missed.push(`${kind}: line ${tampering.from}–${tampering.to}, found ${line}: ${problems[0]?.what}`);
      }
    }
    expect(missed).toEqual([]);
  });

  it('of several logs misses none of them', async () => {
    const first = inventPart('tax', 10, { part: 1, parts: 3 });
    const after = (parts: string[][]) => sha256Hex(parts.map((lines) => `${lines.join('\n')}\n`).join(''));
    const second = inventPart('vehicle', 0, { part: 2, parts: 3, before: after([first.lines]) });
    const before = after([first.lines, second.lines]);
    const third = inventPart('reporting', 30, { part: 3, parts: 3, before });
    const file = [first.lines, second.lines, third.lines];
    expect(await verdictOf(file.flat())).toMatchObject({
      problems: [],
      logs: [{ size: 10 }, { size: 0 }, { size: 30 }],
    });
    for (const kept of [[0, 1], [0, 2], [1, 2], [0, 2, 1], [1], []]) {
      const { problems } = await verdictOf(kept.flatMap((i) => file[i] ?? []));
      expect(problems.length).toBeGreaterThan(0);
    }
  });

  it('made again by whoever has another key is told by its fingerprint, and by an earlier export', async () => {
    const forged = inventPart('verification', ENTRIES);
    const { logs } = await verifyExport(bytesOf(inventPart('verification', 20).lines));
    expect((await verifyExport(bytesOf(forged.lines))).problems).toEqual([]);
    expect((await verifyExport(bytesOf(forged.lines), { trusted: [whole.key.id] })).problems).not.toEqual([]);
    // The same content under the same key grew: entries 1 to 20 are what they were.
    expect((await verifyExport(bytesOf(whole.lines), { earlier: logs })).problems).toEqual([]);
    const rewritten = logs.map((log) => ({ ...log, head: sha256Hex('other') }));
    const { problems } = await verifyExport(bytesOf(whole.lines), { earlier: rewritten });
    expect(problems).toMatchObject([{ seq: 20 }]);
    const shorter = await verifyExport(bytesOf(whole.lines), {
      earlier: [{ ...logs[0], size: 500 } as (typeof logs)[0]],
    });
    expect(shorter.problems.length).toBeGreaterThan(0);
  });
});
