import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import {
  type Assessment,
  asKey,
  assessmentTuple,
  type BatchId,
  type ChunkId,
  type Day,
  type Fen,
  MalformedEvent,
  type PersonKey,
  pack,
  type ReportChunk,
  readCountedChunk,
  readReportChunk,
  readReportChunkOutline,
  reportChunkPayload,
} from '../src/index.js';

const fen = (amount: number) => amount as Fen;
const pair = (amount: number) => ({ declared: fen(amount), verified: fen(amount + 1), assessed: fen(amount + 1) });

const assessment: Assessment = {
  conclusion: 'needs_review',
  tier: null,
  countedMembers: 1,
  standardMonthly: fen(73_500),
  annualIncome: fen(1_200_000),
  income: [
    {
      ...{ member: 1, deduction: fen(5), wage: pair(1), operating: pair(2) },
      ...{ property: pair(3), transfer: pair(4), other: pair(5) },
    },
  ],
  support: [{ supporter: 2, amount: fen(7), basis: 'agreed' }],
  findings: [
    {
      code: 'VEHICLE_OWNED',
      effect: 'review',
      member: 1,
      source: 'vehicle',
      recordId: 'V-1',
      detail: { plateType: '02' },
    },
  ],
  sources: [{ source: 'tax', state: 'answered', asOf: 20_000 as Day, loading: false }],
};
const chunk: ReportChunk = {
  chunkId: '01KB0000000000000000000000' as ChunkId,
  batchId: 'batch-1' as BatchId,
  asOf: 20_772 as Day,
  policy: { id: 'p', version: 1, digest: 'd' },
  engineVersion: '1',
  assessedAt: 1,
  purpose: 'verification',
  basis: Buffer.from('basis'),
  households: [3, 0].map((index) => ({
    index,
    applicant: asKey<PersonKey>('00112233445566778899aabbccddeeff'),
    programme: 'urban_dibao',
    verificationType: 'new_application',
    region: '520102',
    area: 'urban',
    assessment,
  })),
};

describe('the outline of a report chunk', () => {
  it('says of every household what the whole chunk says', () => {
    const payload = reportChunkPayload(chunk);
    const { households, ...head } = readReportChunk(payload);
    const outline = readReportChunkOutline(payload);
    expect(outline).toMatchObject({ ...head, basis: Buffer.from('basis') });
    expect(households.map(({ index, assessment }) => ({ index, assessment }))).toMatchObject(outline.households);
    expect(outline.households[0]).toEqual({
      index: 3,
      assessment: {
        conclusion: 'needs_review',
        tier: null,
        countedMembers: 1,
        standardMonthly: 73_500,
        annualIncome: 1_200_000,
        findings: [{ code: 'VEHICLE_OWNED', effect: 'review', member: 1 }],
        sources: [{ source: 'tax', state: 'answered', asOf: 20_000 }],
      },
    });
  });

  /** The payload of a chunk whose only household has another assessment tuple. */
  function payloadWith(tuple: unknown[]): unknown {
    const applicant = Buffer.alloc(16);
    const row = [0, applicant, 'urban_dibao', 'new_application', '520102', 'urban', tuple];
    const payload = reportChunkPayload(chunk) as unknown[];
    return payload.with(6, deflateRawSync(pack([row])));
  }

  it('is read of what others packed', () => {
    expect(readReportChunkOutline(payloadWith(assessmentTuple(assessment))).households).toHaveLength(1);
  });

  it.each([
    ['income', 5, ['none']],
    ['support', 6, [1]],
    ['findings', 7, ['none']],
    ['sources', 8, [null]],
    ['sources', 8, 'none'],
    ['number', 4, 'none'],
  ])('is refused when its %s is of another form', (_, at, broken) => {
    const payload = payloadWith(assessmentTuple(assessment).with(at, broken));
    expect(() => readReportChunkOutline(payload)).toThrow(MalformedEvent);
    if (at > 4) expect(() => readCountedChunk(payload)).toThrow(MalformedEvent);
  });

  it('is refused for another number of fields, and for bytes that are no chunk', () => {
    const payload = reportChunkPayload(chunk) as unknown[];
    expect(() => readReportChunkOutline(payload.slice(1))).toThrow(MalformedEvent);
    expect(() => readReportChunkOutline(payload.with(6, Buffer.from('no chunk')))).toThrow(MalformedEvent);
  });
});
