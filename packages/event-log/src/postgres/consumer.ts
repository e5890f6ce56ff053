/**
 * A consumer on the log in tables. Each second, and at every word of a change in the group, it renews its lease, begins and
 * ends readers accordingly, and looks where its partitions end; notifications only make that sooner.
 *
 * A member that could not renew for most of the expiry time must take it that others have its partitions: it stops its readers
 * and joins as a new member.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from '@hedui/logging';
import type { Pool } from '@hedui/postgres';
import type { ConsumeOptions, LogConsumer, PartitionOffsets, StoredPosition, TopicPartition } from '../port.js';
import { gathered } from '../reading/gathered.js';
import { PartitionReader } from '../reading/partition-reader.js';
import { pause } from '../reading/pauses.js';
import { Slots } from '../reading/slots.js';
import { EXPIRY_MS, giveBack, groupPayload, type LeasedPartition, leave, renew } from './leases.js';
import { readEnds } from './messages.js';
import type { Notifications } from './notifications.js';
import { tableSource, type Watched } from './table-source.js';
import { findTopics, readOffsets, type TopicRow } from './topics.js';

const ROUND_MS = 1_000;
/** Renewals that failed for this long: the lease is as good as lost. */
const FENCED_MS = EXPIRY_MS - 2_000;
const DEFAULT_CONCURRENCY = 4;

interface Entry extends Watched {
  lease: LeasedPartition;
  place: TopicPartition;
  reader: PartitionReader;
  leaving: boolean;
}

const leaseKey = ({ topicId, partition }: LeasedPartition): string => `${topicId}/${partition}`;
const placeKey = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

export class PostgresConsumer implements LogConsumer {
  readonly joined: Promise<void>;
  private readonly entries = new Map<string, Entry>();
  private readonly ended = new Map<string, Promise<void>>();
  private readonly closing = new AbortController();
  private readonly slots: Slots;
  private readonly positions: (topic: 'all') => Promise<Map<string, StoredPosition>>;
  private readonly offsets: (topic: string) => Promise<PartitionOffsets[]>;
  private readonly logger: Logger;
  private readonly live: Promise<void>;
  private readonly unlisten: () => void;
  private memberId: string = randomUUID();
  private topics: TopicRow[] = [];
  private hasJoined: () => void = () => {};
  /** Aborted to begin the next round at once. */
  private nap = new AbortController();
  private groupChanged = true;
  private draining = false;

  constructor(
    private readonly pool: Pool,
    private readonly control: Pool,
    notifications: Notifications,
    logger: Logger,
    private readonly mark: string | null,
    private readonly options: ConsumeOptions,
  ) {
    this.logger = logger.child({ group: options.group });
    this.slots = new Slots(options.concurrency ?? DEFAULT_CONCURRENCY);
    this.positions = gathered(async () => new Map((await options.positions()).map((p) => [placeKey(p), p])));
    this.offsets = gathered((topic: string) => readOffsets(pool, topic));
    this.joined = new Promise((resolve) => {
      this.hasJoined = resolve;
    });
    this.unlisten = notifications.add((payload) => this.hear(payload));
    this.live = this.run();
  }

  assigned(): readonly TopicPartition[] {
    return [...this.entries.values()].filter((entry) => !entry.leaving).map((entry) => entry.place);
  }

  async close(): Promise<void> {
    if (!this.closing.signal.aborted) {
      // The lease is renewed until the batches under way have ended, so that nobody else begins them.
      this.draining = true;
      const entries = [...this.entries.values()];
      for (const entry of entries) entry.leaving = true;
      await Promise.all(entries.map((entry) => entry.reader.drain()));
      this.closing.abort();
      this.nap.abort();
    }
    await this.live;
  }

  private hear(payload: string | null): void {
    const mine =
      payload === null ||
      payload === groupPayload(this.options.group) ||
      this.topics.some((topic) => String(topic.id) === payload);
    if (!mine) return;
    if (payload === null || payload.startsWith('group:')) this.groupChanged = true;
    this.nap.abort();
  }

  private async run(): Promise<void> {
    let renewedAt = performance.now();
    while (!this.closing.signal.aborted) {
      this.nap = new AbortController();
      const began = performance.now();
      try {
        if (this.groupChanged || began - renewedAt >= ROUND_MS - 50) {
          this.groupChanged = false;
          await this.renew();
          renewedAt = began;
        }
        await this.lookAtEnds();
      } catch (error) {
        this.groupChanged = true;
        this.logger.debug({ err: error }, 'the lease could not be renewed');
        if (performance.now() - renewedAt > FENCED_MS && this.entries.size > 0) {
          this.logger.warn({ err: error }, 'the log does not answer: this member gives up its partitions');
          this.startAgain();
        }
        await pause(ROUND_MS / 2, this.closing.signal);
        continue;
      }
      await pause(ROUND_MS, this.nap.signal);
    }
    this.unlisten();
    await leave(this.control, this.options.group, this.memberId).catch((error: unknown) => {
      this.logger.info({ err: error }, 'the group was not told that this member left');
    });
  }

  private startAgain(): void {
    for (const entry of this.entries.values()) this.release(entry);
    this.memberId = randomUUID();
  }

  private async renew(): Promise<void> {
    const { group, topics } = this.options;
    const found = await findTopics(this.control, topics);
    // A topic that was deleted and made again has another id: its readers begin anew with the new leases.
    this.topics = found;
    const lease = await renew(this.control, group, { id: this.memberId, mark: this.mark }, found);
    if (!lease.known && this.entries.size > 0) {
      this.logger.warn('the group had given this member up: its partitions are read from the stored positions');
      for (const entry of this.entries.values()) this.release(entry);
    }
    const held = new Map(lease.held.map((each) => [leaseKey(each), each]));
    for (const [key, entry] of this.entries) if (!held.has(key)) this.release(entry);
    for (const each of lease.excess) this.handBack(each);
    for (const [key, each] of held) {
      if (!this.entries.has(key) && !this.ended.has(key)) this.begin(each);
    }
    this.hasJoined();
  }

  private begin(lease: LeasedPartition): void {
    const { options } = this;
    const topic = this.topics.find((row) => row.id === lease.topicId)?.name;
    if (topic === undefined || this.draining) return;
    const place = { topic, partition: lease.partition };
    const reader = new PartitionReader({
      place,
      source: tableSource(this.pool, lease, () => this.entries.get(leaseKey(lease)), options),
      reach: async () => {
        const found = (await this.offsets(topic)).find((o) => o.partition === lease.partition);
        if (!found) throw new Error(`${placeKey(place)} is not there`);
        return found;
      },
      stored: async () => (await this.positions('all')).get(placeKey(place)),
      handler: options.handler,
      onReset: options.onReset,
      slots: this.slots,
      logger: this.logger,
      after: undefined,
    });
    const entry: Entry = { lease, place, reader, end: 0n, wake: null, restUntil: 0, leaving: false };
    this.entries.set(leaseKey(lease), entry);
  }

  /** Others have it, or may have it: stop now. */
  private release(entry: Entry): void {
    const key = leaseKey(entry.lease);
    this.entries.delete(key);
    const done = entry.reader.take().then(() => {
      this.ended.delete(key);
      this.groupChanged = true;
    });
    this.ended.set(key, done);
  }

  /** Gives a partition to another member after the batch under way. */
  private handBack(lease: LeasedPartition): void {
    const entry = this.entries.get(leaseKey(lease));
    if (!entry || entry.leaving) return;
    entry.leaving = true;
    const member = this.memberId;
    const done = entry.reader
      .finish()
      .then(() => giveBack(this.control, this.options.group, member, lease))
      .catch((error: unknown) =>
        this.logger.info({ err: error, ...entry.place }, 'a partition could not be given back'),
      )
      .finally(() => {
        if (this.entries.get(leaseKey(lease)) === entry) this.entries.delete(leaseKey(lease));
        this.ended.delete(leaseKey(lease));
      });
    this.ended.set(leaseKey(lease), done);
  }

  private async lookAtEnds(): Promise<void> {
    if (this.entries.size === 0) return;
    const ends = await readEnds(
      this.control,
      this.topics.map((topic) => topic.id),
    );
    for (const [key, entry] of this.entries) {
      const end = ends.get(key) ?? 0n;
      if (end === entry.end) continue;
      entry.end = end;
      entry.wake?.();
    }
  }
}
