import {
  CONCLUSIONS,
  EFFECTS,
  FINDING_CODES,
  HOUSEHOLD_ENDINGS,
  type HouseholdEnding,
  type ReportChunk,
  type ReportedHousehold,
  SOURCES,
  VERIFICATION_TYPES,
} from '@hedui/contracts';
import { assessment, chunkOf, endingOf, finding, person, reported } from './builders.js';

/** A small random generator with a seed, so that a failure can be repeated. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
}

/** Reports of few persons over a few months, so that households come again in every way. */
export function randomChunks(seed: number): ReportChunk[] {
  const random = randomFrom(seed);
  const one = <T>(values: readonly T[]): T => values[random(values.length)] as T;
  const codes = FINDING_CODES.slice(0, 8);
  const household = (): ReportedHousehold =>
    reported({
      applicant: person(random(60)),
      programme: one(['urban_dibao', 'dibao_margin']),
      verificationType: one(VERIFICATION_TYPES.slice(0, 2)),
      region: one(['520102', '520102001', '520103', '520200', '530102', '520000']),
      assessment: assessment({
        conclusion: one(CONCLUSIONS),
        tier: one([null, 'none', 'dibao', 'dibao_margin', 'tekun']),
        answered: SOURCES.filter(() => random(4) > 0),
        findings: Array.from({ length: random(4) }, () => finding(one(codes), one(EFFECTS), one([null, ...SOURCES]))),
      }),
    });
  const dates = ['2026-01-31', '2026-02-01', '2026-02-15', '2026-03-01'];
  return Array.from({ length: 12 }, (_, i) =>
    chunkOf(`chunk-${i}`, one(dates), Array.from({ length: 1 + random(20) }, household), i < 6 ? 'batch' : null),
  );
}

/** Endings of about every eighth household. */
export function randomEndings(chunks: readonly ReportChunk[], seed: number): HouseholdEnding[] {
  const random = randomFrom(seed + 1000);
  return chunks.flatMap((chunk) =>
    chunk.households.flatMap((_, index) =>
      random(8) > 0 ? [] : [endingOf(chunk, index, HOUSEHOLD_ENDINGS[random(2)] ?? 'withdrawn')],
    ),
  );
}
