import { type ExplainedSource, formatDay, SOURCES, type SourceName } from '@hedui/contracts';
import type { ExaminedCase } from './case.js';
import { say } from './texts/sentences.js';
import { wordFor } from './texts/terms.js';

/** What each source said, how old it is, and whether the programme asks for it (README §10). */
export function explainSources({ policy, household, sources, examination }: ExaminedCase): ExplainedSource[] {
  return SOURCES.map((source) => {
    const state = sources.find((candidate) => candidate.source === source);
    const asOf = state?.asOf ?? null;
    const line = {
      source,
      required: examination.programme.requires.includes(source),
      state: state?.state ?? 'no_reply',
      asOf: asOf === null ? null : formatDay(asOf),
      ageDays: asOf === null ? null : household.asOf - asOf,
      freshnessDays: policy.freshness[source],
      loading: state?.loading ?? false,
    } as const;
    return {
      ...line,
      text: say(asOf === null ? 'sourceSilent' : 'source', {
        source: wordFor(source),
        state: wordFor(line.state, 'state'),
        required: wordFor(line.required ? 'yes' : 'no', 'required'),
        asOf: line.asOf ?? '',
        age: line.ageDays ?? '',
        limit: line.freshnessDays === null ? say('noLimit') : say('days', { days: line.freshnessDays }),
      }),
    };
  });
}

/** The sources that the programme requires and that have not answered. */
export function silentRequired(lines: readonly ExplainedSource[]): SourceName[] {
  return lines.filter((line) => line.required && line.state !== 'answered').map((line) => line.source);
}
