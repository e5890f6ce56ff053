import { decodeEvent, encodeEvent, partitionOfId, TOPICS, type TopicSpec, VERIFICATION_KEEPS } from '@hedui/contracts';
import type { EventLog } from '@hedui/event-log';
import { type Client, inTransaction } from '@hedui/postgres';
import { publishEndingsOf } from '../authorisations/stop.js';
import {
  becomeKeeper,
  chunksWithEndings,
  FROM_THE_START,
  findTopicLife,
  putTopicLife,
  type Republished,
  reportsAfter,
} from '../db/rebuild.js';
import { sendAgain } from '../db/sending.js';
import type { Deps } from '../deps.js';
import { publishPoliciesAgain } from '../policies/publish-again.js';
import { tellAgain } from '../rotation/lead.js';

/** Chunks whose reports are published together: each may have a megabyte. */
const CHUNKS_AT_ONCE = 4;
const ENDINGS_AT_ONCE = 20;

type Parts = Pick<Deps, 'pool' | 'ring' | 'keys' | 'logger'> & { log: EventLog };
/** One bounded step of publishing a topic again; null when everything is published. */
type Step = (parts: Parts, client: Client, after: Republished) => Promise<Republished | null>;

/** The same report, and that it is the one that is kept: whoever had counted another one by then has to know. */
const asKept = (event: Buffer): Buffer => encodeEvent({ ...decodeEvent(event), producedBy: VERIFICATION_KEEPS });

const reportsStep =
  (spec: TopicSpec, batches: boolean): Step =>
  async ({ log }, client, after) => {
    const found = await reportsAfter(client, { batches, after, limit: CHUNKS_AT_ONCE });
    await log.publish(
      found.map(({ chunkId, event }) => ({
        topic: spec.name,
        partition: partitionOfId(chunkId),
        key: Buffer.from(chunkId),
        value: asKept(event),
      })),
    );
    return found.at(-1)?.place ?? null;
  };

const KEPT: readonly { spec: TopicSpec; step: Step }[] = [
  {
    spec: TOPICS.policies,
    async step(_parts, client) {
      await publishPoliciesAgain(client);
      return null;
    },
  },
  { spec: TOPICS.reports, step: reportsStep(TOPICS.reports, true) },
  { spec: TOPICS.reportsOnline, step: reportsStep(TOPICS.reportsOnline, false) },
  {
    spec: TOPICS.endings,
    async step(parts, client, after) {
      const chunks = await chunksWithEndings(client, after.no, ENDINGS_AT_ONCE);
      for (const no of chunks) await publishEndingsOf(client, parts, no);
      const last = chunks.at(-1);
      return last === undefined ? null : { at: FROM_THE_START.at, no: last };
    },
  },
  {
    spec: TOPICS.pseudonyms,
    async step(_parts, client) {
      await tellAgain(client);
      return null;
    },
  },
  ...[TOPICS.requests, TOPICS.requestsOnline].map((spec) => ({
    spec,
    async step(_parts: Parts, client: Client) {
      await sendAgain(client);
      return null;
    },
  })),
];

/**
 * Looks whether the topics that this service writes are those that it wrote to. What began a new life holds nothing: policies, the
 * reports that were stored and the endings of authorisations are published again from the database, and what was asked and not
 * answered is asked again. Step by step, so that it goes on after a crash; readers find repeats done. True when there is more to do.
 */
export async function keepTopics(parts: Parts): Promise<boolean> {
  let more = false;
  for (const { spec, step } of KEPT) {
    const now = (await parts.log.offsets(spec.name))[0];
    if (now === undefined) continue;
    more =
      (await inTransaction(parts.pool, async (client) => {
        if (!(await becomeKeeper(client))) return false;
        const life = await findTopicLife(client, spec.name);
        if (life === null) {
          await putTopicLife(client, spec.name, { generation: now.generation, after: null });
          return false;
        }
        const isNew = life.generation !== now.generation;
        if (isNew) {
          parts.logger.error({ topic: spec.name }, 'a topic began a new life: what was on it is published again');
        }
        const after = isNew ? FROM_THE_START : life.after;
        if (after === null) return false;
        const reached = await step(parts, client, after);
        await putTopicLife(client, spec.name, { generation: now.generation, after: reached });
        if (reached === null) parts.logger.warn({ topic: spec.name }, 'the topic holds again what it held');
        return true;
      })) || more;
  }
  return more;
}

/** Keeps the topics now and every so often until the returned function is called. */
export function startKeeper(parts: Parts, everyMs: number, published: () => void): () => Promise<void> {
  let closing = false;
  let under: Promise<unknown> = Promise.resolve();
  let busy = false;
  const run = async () => {
    busy = true;
    try {
      while (!closing && (await keepTopics(parts))) published();
    } catch (error) {
      parts.logger.warn({ err: error }, 'looking after the topics failed; it is tried again');
    } finally {
      busy = false;
    }
  };
  const look = () => {
    if (!busy) under = run();
  };
  look();
  const timer = setInterval(look, everyMs);
  return async () => {
    closing = true;
    clearInterval(timer);
    await under;
  };
}
