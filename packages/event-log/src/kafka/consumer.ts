/**
 * A consumer on Kafka. Membership and fetching are kafkajs's; what is handled, and from where, is the readers' (one for each assigned partition).
 *
 *   connecting ──► joined ⇄ joined again (members came or went)
 *        ▲           │
 *        └── crashed ◄┘   with a growing pause, until `close`
 *
 * A join keeps the readers of the partitions that stay, as long as the broker still knew this member; otherwise
 * others may have had them meanwhile, and all begin again from the stored positions.
 */
import type { Logger } from '@hedui/logging';
import type { ConsumeOptions, LogConsumer, PartitionOffsets, StoredPosition, TopicPartition } from '../port.js';
import { gathered } from '../reading/gathered.js';
import { PartitionReader, type Reach } from '../reading/partition-reader.js';
import { pause, pauseAfter } from '../reading/pauses.js';
import { Slots } from '../reading/slots.js';
import { isPassing, type KafkaSettings } from './client.js';
import { Feed, type Tap } from './feed.js';
import { type Member, startMember } from './member.js';
import type { Topics } from './topics.js';

/** Bytes that one consumer holds before it stops fetching. */
const HELD_BYTES = 32 * 1024 * 1024;
const DEFAULT_BATCH_BYTES = 4 * 1024 * 1024;
const DEFAULT_CONCURRENCY = 4;
/** How often the topics' generations are looked at: kafkajs reads by name and does not notice another topic of that name. */
const GENERATION_MS = 10_000;
const LONGEST_RESTART_MS = 5_000;

interface Entry {
  place: TopicPartition;
  feed: Feed;
  reader: PartitionReader;
  wantsMore: boolean;
  flowing: boolean;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

export class KafkaConsumer implements LogConsumer, Tap {
  readonly joined: Promise<void>;
  private readonly entries = new Map<string, Entry>();
  /** Readers that were told to stop and have not ended: the next reader of the partition waits for them. */
  private readonly leaving = new Map<string, Promise<void>>();
  private readonly closing = new AbortController();
  private readonly slots: Slots;
  private readonly positions: (topic: 'all') => Promise<Map<string, StoredPosition>>;
  private readonly offsets: (topic: string) => Promise<PartitionOffsets[]>;
  private readonly watch: NodeJS.Timeout;
  private readonly ended: Promise<void>;
  private readonly logger: Logger;
  private member: Member | null = null;
  private memberId = '';
  private heldBytes = 0;
  private full = false;
  private joins = 0;
  private hasJoined: () => void = () => {};

  constructor(
    private readonly settings: KafkaSettings,
    private readonly topics: Topics,
    private readonly options: ConsumeOptions,
  ) {
    this.logger = settings.logger.child({ group: options.group });
    this.slots = new Slots(options.concurrency ?? DEFAULT_CONCURRENCY);
    this.positions = gathered(async () => new Map((await options.positions()).map((p) => [keyOf(p), p])));
    this.offsets = gathered((topic: string) => topics.offsets(topic));
    this.joined = new Promise((resolve) => {
      this.hasJoined = resolve;
    });
    this.watch = setInterval(() => void this.checkGenerations(), GENERATION_MS);
    this.watch.unref();
    this.ended = this.live();
  }

  assigned(): readonly TopicPartition[] {
    return [...this.entries.values()].map((entry) => entry.place);
  }

  async close(): Promise<void> {
    if (!this.closing.signal.aborted) {
      clearInterval(this.watch);
      // Membership lasts until the batches under way have ended, so that nobody else begins them.
      this.closing.abort();
      await Promise.all([...this.entries.values()].map((entry) => entry.reader.drain()));
      await Promise.all(this.leaving.values());
      this.entries.clear();
      await this.member?.stop();
    }
    await this.ended;
  }

  seek(place: TopicPartition, offset: bigint): void {
    this.member?.seek(place, offset);
  }

  held(place: TopicPartition, bytes: number, wantsMore: boolean): void {
    this.heldBytes += bytes;
    const entry = this.entries.get(keyOf(place));
    if (entry) entry.wantsMore = wantsMore;
    const full = this.heldBytes >= (this.full ? HELD_BYTES / 2 : HELD_BYTES);
    if (full !== this.full) {
      this.full = full;
      for (const each of this.entries.values()) this.regulate(each);
    } else if (entry) this.regulate(entry);
  }

  private regulate(entry: Entry): void {
    const flowing = entry.wantsMore && !this.full;
    if (flowing === entry.flowing) return;
    entry.flowing = flowing;
    if (flowing) this.member?.resume(entry.place);
    else this.member?.pause(entry.place);
  }

  private async live(): Promise<void> {
    const closing = new Promise<null>((resolve) => {
      this.closing.signal.addEventListener('abort', () => resolve(null), { once: true });
    });
    let failures = 0;
    while (!this.closing.signal.aborted) {
      const joinsBefore = this.joins;
      const member = startMember({
        settings: { ...this.settings, logger: this.logger },
        group: this.options.group,
        topics: this.options.topics,
        quiet: this.options.quiet ?? false,
        gatherMs: this.options.gatherMs,
        assigned: (memberId, places) => this.assign(memberId, places),
        holds: () => this.assigned(),
        feedOf: (place) => this.entries.get(keyOf(place))?.feed,
      });
      this.member = member;
      const error = await Promise.race([member.crashed, closing]);
      if (error === null) return;
      this.member = null;
      this.memberId = '';
      for (const entry of this.entries.values()) this.release(entry);
      await member.stop().catch(() => {});
      failures = this.joins > joinsBefore ? 1 : failures + 1;
      const ms = Math.min(pauseAfter(failures), LONGEST_RESTART_MS);
      this.logger[isPassing(error) && failures < 5 ? 'info' : 'warn'](
        { err: error, pauseMs: Math.round(ms) },
        'the consumer lost the broker and begins again',
      );
      await pause(ms, this.closing.signal);
    }
  }

  /** At each join, before anything is fetched. */
  private assign(memberId: string, places: readonly TopicPartition[]): void {
    const sameMember = memberId === this.memberId;
    this.memberId = memberId;
    this.joins++;
    const wanted = new Set(places.map(keyOf));
    for (const [key, entry] of this.entries) {
      if (sameMember && wanted.has(key)) entry.feed.goOn();
      else this.release(entry);
    }
    for (const place of places) {
      if (this.entries.has(keyOf(place))) continue;
      // Paused until the position is known: kafkajs would begin somewhere else.
      this.member?.pause(place);
      if (!this.closing.signal.aborted) this.begin(place);
    }
    this.logger.info({ partitions: places.length }, 'joined the group');
    this.hasJoined();
  }

  private begin(place: TopicPartition): void {
    const { options } = this;
    const feed = new Feed(place, this, options.maxBytes ?? DEFAULT_BATCH_BYTES);
    const reader = new PartitionReader({
      place,
      source: feed,
      reach: () => this.reach(place),
      stored: async () => (await this.positions('all')).get(keyOf(place)),
      handler: options.handler,
      onReset: options.onReset,
      slots: this.slots,
      logger: this.logger,
      after: this.leaving.get(keyOf(place)),
    });
    this.entries.set(keyOf(place), { place, feed, reader, wantsMore: false, flowing: false });
  }

  private release(entry: Entry): void {
    const key = keyOf(entry.place);
    this.entries.delete(key);
    entry.feed.drop();
    const before = this.leaving.get(key);
    const gone = entry.reader.take().then(async () => {
      await before;
      if (this.leaving.get(key) === gone) this.leaving.delete(key);
    });
    this.leaving.set(key, gone);
  }

  private async reach(place: TopicPartition): Promise<Reach> {
    const found = (await this.offsets(place.topic)).find((o) => o.partition === place.partition);
    if (!found) throw new Error(`${keyOf(place)} is not there`);
    return found;
  }

  private async checkGenerations(): Promise<void> {
    try {
      const now = await this.topics.generations([...new Set(this.assigned().map((place) => place.topic))]);
      for (const { place, feed, reader } of this.entries.values()) {
        const generation = now.get(place.topic);
        if (reader.generation === null || generation === undefined || reader.generation === generation) continue;
        feed.drop();
        reader.relocate();
      }
    } catch (error) {
      this.logger.debug({ err: error }, 'the generations of the topics could not be read');
    }
  }
}
