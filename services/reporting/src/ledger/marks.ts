import { type CountedHousehold, FINDING_CODES, MalformedEvent, SOURCES } from '@hedui/contracts';

/**
 * Numbers of findings and sources as the ledger stores them: their place in the registry, which only grows at its end (a
 * test holds the numbers fast).
 */
const numberOfFinding = new Map<string, number>(FINDING_CODES.map((code, i) => [code, i]));
const numberOfSource = new Map<string, number>(SOURCES.map((source, i) => [source, i]));

export interface Marks {
  /** Has a finding of effect `fails` or `review`. */
  flagged: boolean;
  /** Bit of each source that has such a finding. */
  sourcesFlagged: number;
  /** Bit of each source whose state is `answered`. */
  sourcesAnswered: number;
  /** Pairs of bytes, each once: finding number, source number + 1 or 0. */
  findings: Buffer;
}

const NO_FINDINGS = Buffer.alloc(0);

/** What the ledger keeps of a household's findings and sources; throws MalformedEvent on a code that it does not know. */
export function marksOf({ findings, answered }: Pick<CountedHousehold, 'findings' | 'answered'>): Marks {
  let flagged = false;
  let sourcesFlagged = 0;
  let sourcesAnswered = 0;
  const pairs: number[] = [];
  for (const { code, effect, source } of findings) {
    const finding = numberOfFinding.get(code);
    const from = source === null ? -1 : numberOfSource.get(source);
    if (finding === undefined || from === undefined) throw new MalformedEvent('BAD_PAYLOAD', 'unknown finding');
    const pair = finding * 256 + from + 1;
    if (!pairs.includes(pair)) pairs.push(pair);
    if (effect === 'info') continue;
    flagged = true;
    if (from >= 0) sourcesFlagged |= 1 << from;
  }
  for (const source of answered) {
    const number = numberOfSource.get(source);
    if (number !== undefined) sourcesAnswered |= 1 << number;
  }
  return { flagged, sourcesFlagged, sourcesAnswered, findings: pairs.length === 0 ? NO_FINDINGS : bytesOf(pairs) };
}

function bytesOf(pairs: number[]): Buffer {
  if (pairs.length > 1) pairs.sort((a, b) => a - b);
  const bytes = Buffer.allocUnsafe(pairs.length * 2);
  for (let i = 0; i < pairs.length; i++) bytes.writeUInt16BE(pairs[i] ?? 0, i * 2);
  return bytes;
}
