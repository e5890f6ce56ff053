import { createHash, type Hash } from 'node:crypto';
import { readCanonical } from './canonical.js';
import { fingerprint, isSignedBy, type PublicAuditKey } from './checkpoint.js';
import { type GrowingTree, growingTree } from './growing-tree.js';
import { type RawLine, rawLines } from './lines.js';
import { type ExportLine, GENESIS, readExportLine, recordHash } from './records.js';

/** Something that is not as it was exported, and where. */
export interface ExportProblem {
  /** Line of the file, from 1. */
  line: number;
  log: string | null;
  /** The entry's number, where there is one. */
  seq: number | null;
  what: string;
}

/** What a part of an export vouches for. */
export interface ExportedLog {
  log: string;
  size: number;
  head: string;
  root: string;
  /** When it was exported. */
  at: string;
  keys: PublicAuditKey[];
}

export interface ExportVerdict {
  logs: ExportedLog[];
  problems: ExportProblem[];
}

export interface VerifyOptions {
  /** Fingerprints of the keys that are trusted; absent: those in the file, to be compared by its reader. */
  trusted?: readonly string[];
  /** What an earlier export vouched for: this one has to continue it. */
  earlier?: readonly ExportedLog[];
}

/** More than so many problems say nothing new. */
const MOST_PROBLEMS = 100;

type Header = Extract<ExportLine, { header: unknown }>['header'];
type Tail = Extract<ExportLine, { tail: unknown }>['tail'];
type Checkpoint = Extract<ExportLine, { checkpoint: unknown }>['checkpoint'];
type Entry = Extract<ExportLine, { record: unknown }>;

/** Where the verification of one part stands. */
interface Part {
  header: Header;
  content: Hash;
  seq: number;
  head: string;
  at: string;
  checkpoint: number;
  tree: GrowingTree;
  /** An entry is missing or altered: the tree cannot fit any more, which has been said. */
  broken: boolean;
}

/**
 * Verifies an export without a database: each line's form, each entry's hash, number, time and link to the one before, each signed
 * checkpoint, and the signed tail, which knows the bytes of the whole part and how many parts there are. Every edit, deletion, insertion,
 * reordering and truncation is told with its line and, where an entry is concerned, its number.
 */
export async function verifyExport(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: VerifyOptions = {},
): Promise<ExportVerdict> {
  const verdict: ExportVerdict = { logs: [], problems: [] };
  const file = createHash('sha256');
  let part: Part | null = null;
  let last: RawLine | null = null;
  let parts = 0;
  let expected = 1;
  const say = (line: number, what: string, seq: number | null = null) => {
    const log = part?.header.log ?? null;
    if (verdict.problems.length < MOST_PROBLEMS) verdict.problems.push({ line, log, seq, what });
  };

  for await (const raw of rawLines(pieces)) {
    last = raw;
    const before = file.copy().digest('hex');
    const bytes = raw.ended ? Buffer.concat([raw.bytes, LINE_FEED]) : raw.bytes;
    file.update(bytes);
    if (!raw.ended) say(raw.no, 'the line is cut off: the file was truncated here');
    const line = readLine(raw.bytes);
    if (line !== null && 'tail' in line) {
      if (part === null) say(raw.no, 'a tail without a header before it');
      else verdict.logs.push(checkTail(part, line.tail, raw.no, say));
      part = null;
      continue;
    }
    part?.content.update(bytes);
    if (line === null) {
      say(raw.no, 'not a line of an export in its canonical form: edited or inserted', part ? part.seq + 1 : null);
      if (part) part.broken = true;
    } else if ('header' in line) {
      if (part !== null) say(raw.no, 'the part before it has no signed tail: truncated', part.seq);
      part = begin(line.header);
      part.content.update(bytes);
      checkHeader(line.header, expected, parts, before, options, (what) => say(raw.no, what));
      parts = Math.max(parts, line.header.parts);
      expected = line.header.part + 1;
    } else if (part === null) {
      say(raw.no, 'outside of any part: its header is missing, or it was inserted after the tail');
    } else if ('record' in line) {
      checkEntry(part, line, options, (what) => say(raw.no, what, line.record.seq));
    } else {
      checkCheckpoint(part, line.checkpoint, (what) => say(raw.no, what, line.checkpoint.statement.size));
    }
  }
  const end = last?.no ?? 1;
  if (last === null) say(1, 'the file is empty');
  else if (part !== null)
    say(end, `the file ends without its signed tail: truncated after entry ${part.seq}`, part.seq);
  else if (expected <= parts) say(end, `the file ends after part ${expected - 1} of ${parts}: truncated`);
  for (const { log, size } of options.earlier ?? []) {
    const now = verdict.logs.find((one) => one.log === log);
    if (!now) say(end, `the log ${log} of the earlier export is missing`);
    else if (now.size < size) say(end, `the log ${log} had ${size} entries in the earlier export: truncated`, now.size);
  }
  return verdict;
}

const LINE_FEED = Buffer.from('\n');
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readLine(bytes: Uint8Array): ExportLine | null {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return null;
  }
  return readExportLine(readCanonical(text)?.value);
}

function begin(header: Header): Part {
  return {
    header,
    content: createHash('sha256'),
    seq: 0,
    head: GENESIS,
    at: '',
    checkpoint: 0,
    tree: growingTree(),
    broken: false,
  };
}

type Say = (what: string) => void;

function checkHeader(
  { part, parts, before, keys }: Header,
  expected: number,
  known: number,
  bytesBefore: string,
  { trusted }: VerifyOptions,
  say: Say,
): void {
  if (part !== expected) say(`part ${part} stands where part ${expected} belongs: removed or reordered`);
  if (known !== 0 && parts !== known) say(`it speaks of ${parts} parts, the one before it of ${known}`);
  if (before !== bytesBefore) say('what stands before this part is not what stood there');
  for (const key of keys) {
    if (fingerprint(key.x) !== key.id) say('the key is not that of its fingerprint: edited');
    if (trusted && !trusted.includes(key.id)) say(`the key ${key.id} is not one of those that are trusted`);
  }
}

function checkEntry(part: Part, { hash, record }: Entry, { earlier }: VerifyOptions, say: Say): void {
  const { seq, previous, at } = record;
  if (seq <= part.seq) {
    part.broken = true;
    say(`entry ${seq} comes after entry ${part.seq}: inserted, repeated or reordered`);
    return;
  }
  if (seq > part.seq + 1) {
    part.broken = true;
    const missing = seq === part.seq + 2 ? `entry ${seq - 1} is` : `entries ${part.seq + 1} to ${seq - 1} are`;
    say(`${missing} missing before it: deleted or reordered`);
  } else if (previous !== part.head) {
    part.broken = true;
    say('it does not follow the entry before it: one of the two was edited or exchanged');
  }
  const computed = recordHash(record);
  if (computed.toString('hex') !== hash) {
    part.broken = true;
    say('its content does not fit its hash: edited');
  }
  if (at < part.at && !part.broken) say('it is older than the entry before it: edited');
  const before = earlier?.find(({ log }) => log === part.header.log);
  if (before?.size === seq && before.head !== hash) say('not what the earlier export has here: the log was rewritten');
  part.tree.add(computed);
  Object.assign(part, { seq, head: hash, at });
}

function signedRightly(part: Part, kind: 'checkpoint' | 'tail', signed: Checkpoint | Tail): boolean {
  const key = part.header.keys.find(({ id }) => id === signed.statement.key);
  return key !== undefined && isSignedBy(kind, signed, key);
}

function checkCheckpoint(part: Part, checkpoint: Checkpoint, say: Say): void {
  const { statement } = checkpoint;
  const { log, size, previous } = statement;
  if (!signedRightly(part, 'checkpoint', checkpoint))
    say('the checkpoint is not signed by the key of this log: edited');
  if (log !== part.header.log) say(`a checkpoint of the log ${log}: inserted`);
  if (previous !== part.checkpoint)
    say(`the checkpoint of ${part.checkpoint} does not come before it: removed or moved`);
  checkSize(part, statement, say);
  part.checkpoint = size;
}

function checkSize(part: Part, { size, head, root }: Checkpoint['statement'], say: Say): void {
  if (size !== part.seq) say(`signed for ${size} entries, and there are ${part.seq}: entries or it were moved`);
  else if (head !== part.head) say('signed for another newest entry');
  else if (!part.broken && root !== part.tree.root().toString('hex')) say('signed for other entries than these');
}

function checkTail(
  part: Part,
  tail: Tail,
  line: number,
  tell: (line: number, what: string, seq: number | null) => void,
): ExportedLog {
  const { header } = part;
  const { statement } = tail;
  const say: Say = (what) => tell(line, what, part.seq);
  if (!signedRightly(part, 'tail', tail)) say('the tail is not signed by the key of this log: edited');
  if (statement.log !== header.log) say(`the tail of the log ${statement.log}`);
  if (statement.previous !== part.checkpoint) say('the last checkpoint before the tail is missing: removed');
  checkSize(part, statement, say);
  if (statement.part !== header.part || statement.parts !== header.parts || statement.before !== header.before) {
    say('the header is not the one that was signed: edited');
  }
  if (statement.content !== part.content.digest('hex')) say('the bytes of this part are not those that were signed');
  const { log, size, head, root, at } = statement;
  return { log, size, head, root, at, keys: header.keys };
}
