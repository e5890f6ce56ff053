import { type AssessmentOutline, readAssessmentOutline } from './assessment-tuple.js';
import { KEY_BYTES } from './brands.js';
import { type ReportChunk, readReportFrame } from './chunks.js';
import { MalformedEvent } from './envelope.js';

/** A report chunk of which the figures stay packed: for whoever stores it and only says what it concluded. */
export interface ReportChunkOutline extends Omit<ReportChunk, 'households'> {
  households: { index: number; assessment: AssessmentOutline }[];
}

/** Reads it; refuses what `readReportChunk` refuses. Throws MalformedEvent. */
export function readReportChunkOutline(payload: unknown): ReportChunkOutline {
  const { frame, rows } = readReportFrame(payload);
  return {
    ...frame,
    households: rows.map((row) => {
      if (row.length !== 7 || !(row[1] instanceof Uint8Array && row[1].length === KEY_BYTES)) {
        throw new MalformedEvent('BAD_PAYLOAD', 'report');
      }
      return { index: row[0] as number, assessment: readAssessmentOutline(row[6]) };
    }),
  };
}
