import {
  type Assessment,
  type CorrelationId,
  type Difference,
  decodeEvent,
  type Replay,
  readReportChunk,
} from '@hedui/contracts';
import type { EventLog } from '@hedui/event-log';
import { assess, ENGINE_VERSION } from '@hedui/means-test';
import { awaitReplay, forgetReplay, replayAnswer } from '../db/replays.js';
import type { Deps } from '../deps.js';
import { requestMessage } from '../dispatch/sender.js';
import { newChunkId } from '../identifiers.js';
import { encodeRequest, underVersion } from '../intake/pack-chunk.js';
import { differencesOf } from './differences.js';
import type { RecordedReport } from './recorded.js';
import { digestAt } from './report.js';

/** News of an answer may be lost: we look by ourselves after so long. */
const LOOK_AGAIN_MS = 500;

/** What the present engine gives for the data that a report was computed from. */
export function replayOf(recorded: RecordedReport): Omit<Replay, 'today' | 'todayMissing'> {
  const { reportNo, place, chunk, reported, policyDigest, given } = recorded;
  const { policy, engineVersion } = chunk.report;
  const again = assess(...given);
  const digest = digestAt(chunk, place, reported.assessment);
  const replayedDigest = digestAt(chunk, place, again, policyDigest);
  return {
    reportNo,
    digest,
    replayedDigest,
    same: digest === replayedDigest,
    engineVersion,
    replayedEngineVersion: ENGINE_VERSION,
    differences: [
      ...policyDifference(policy.digest, policyDigest),
      ...differencesOf(chunk.clear(reported.assessment), chunk.clear(again)),
    ],
  };
}

/** A published version does not change; if it did all the same, that is the first thing to know. */
function policyDifference(was: string, is: string): Difference[] {
  if (was === is) return [];
  return [{ what: 'policy', name: 'digest', member: null, source: null, recordId: null, was, is }];
}

/** How long and for whom an answer is waited for. */
export interface Patience {
  /** Milliseconds since 1970. */
  until: number;
  /** Aborted when the caller has gone. */
  signal: AbortSignal;
  correlationId: CorrelationId;
}

/**
 * Asks the matcher what today's data say of a report's household, as of the same date and under the same policy. The question goes the
 * way of a single check under an id of its own; it is marked as a replay, so it is no report, and nobody counts it.
 */
export async function askToday(
  deps: Deps,
  log: Pick<EventLog, 'publish'>,
  recorded: RecordedReport,
  patience: Patience,
): Promise<Pick<Replay, 'today' | 'todayMissing'>> {
  const { pool } = deps;
  const { asOf, policy } = recorded.chunk.report;
  const id = newChunkId();
  const request = encodeRequest(
    id,
    { batchId: null, purpose: 'replay', asOf, policy, correlationId: patience.correlationId },
    [{ ...underVersion(recorded.asked, recorded.chunk.named[recorded.place], deps.keys.pseudonyms), index: 0 }],
    Date.now(),
  );
  await awaitReplay(pool, id);
  try {
    try {
      await log.publish([requestMessage({ id, batchId: null, request })]);
    } catch (error) {
      deps.logger.warn({ err: error, chunkId: id }, 'a replay could not be sent');
      return { today: null, todayMissing: 'no_answer' };
    }
    const event = await answerTo(deps, id, patience);
    if (event === null) return { today: null, todayMissing: 'no_answer' };
    const answer = readReportChunk(decodeEvent(event).payload);
    const [household] = answer.households;
    if (household === undefined) return { today: null, todayMissing: 'not_assessable' };
    const { clear } = recorded.chunk;
    const today = todayOf(clear(recorded.reported.assessment), clear(household.assessment));
    const { engineVersion } = answer;
    return {
      today: { assessedAt: new Date(answer.assessedAt).toISOString(), engineVersion, ...today },
      todayMissing: null,
    };
  } finally {
    await forgetReplay(pool, id);
  }
}

function todayOf(was: Assessment, is: Assessment) {
  const differences = differencesOf(was, is);
  return { same: differences.length === 0, conclusion: is.conclusion, tier: is.tier, differences };
}

/** The answer as soon as it is there; null at the end of the wait or when the caller has gone. */
async function answerTo(
  { pool, changes }: Pick<Deps, 'pool' | 'changes'>,
  id: ReturnType<typeof newChunkId>,
  { until, signal }: Patience,
): Promise<Buffer | null> {
  for (;;) {
    const left = until - Date.now();
    if (left <= 0 || signal.aborted) return null;
    // Begun before the look, so that news in between is not missed.
    const news = changes.next(id, Math.min(left, LOOK_AGAIN_MS), signal);
    const event = await replayAnswer(pool, id);
    if (event !== null) return event;
    await news;
  }
}
