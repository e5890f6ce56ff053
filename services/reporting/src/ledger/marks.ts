import { type Assessment, FINDING_CODES, MalformedEvent, SOURCES } from '@hedui/contracts';

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

/** What the ledger keeps of an assessment's findings and sources; throws MalformedEvent on a code that it does not know. */
export function marksOf(assessment: Assessment): Marks {
  let flagged = false;
  let sourcesFlagged = 0;
  let sourcesAnswered = 0;
  const pairs = new Set<number>();
  for (const { code, effect, source } of assessment.findings) {
    const finding = numberOfFinding.get(code);
    const from = source === null ? -1 : numberOfSource.get(source);
    if (finding === undefined || from === undefined) throw new MalformedEvent('BAD_PAYLOAD', 'unknown finding');
    pairs.add(finding * 256 + from + 1);
    if (effect === 'info') continue;
    flagged = true;
    if (from >= 0) sourcesFlagged |= 1 << from;
  }
  for (const { source, state } of assessment.sources) {
    const number = numberOfSource.get(source);
    if (number !== undefined && state === 'answered') sourcesAnswered |= 1 << number;
  }
  const findings = Buffer.alloc(pairs.size * 2);
  [...pairs]
    .sort((a, b) => a - b)
    .forEach((pair, i) => {
      findings.writeUInt16BE(pair, i * 2);
    });
  return { flagged, sourcesFlagged, sourcesAnswered, findings };
}
