import { type LoadId, recordTopic, TOPICS } from '@hedui/contracts';
import type { EventLog } from '@hedui/event-log';
import type { Logger } from '@hedui/logging';
import { allowLonger, type Client, inTransaction, type Pool } from '@hedui/postgres';
import type { KeySource, Pseudonyms, Sealer } from '@hedui/privacy';
import { applyNext, type WithdrawalGuard } from './apply/apply.js';
import { abandonedLoads } from './db/loads.js';
import { resendAll } from './db/pending.js';
import { beginEpochAfter } from './db/restored.js';
import { forgetOldVersions } from './db/retention.js';
import { sealIdsFromBefore } from './db/sealed-ids.js';
import { readState, recordTypeIds } from './db/state.js';
import { anyToApply, whatToSend } from './db/waiting.js';
import { DefinitionError, type SourceDefinition } from './definition.js';
import { discardLoad, type IncomingFile, receiveLoad } from './intake/receive.js';
import { createRecordIds, type RecordIds } from './intake/record-ids.js';
import { type Loop, startLoop } from './loop.js';
import { consumeApplied } from './relay/applied.js';
import { hearMending } from './relay/mending.js';
import { reconcileTopic } from './relay/reconcile.js';
import { noticeNewTopic, sendNext } from './relay/relay.js';
import { anyToRotate, openRotation, sentVersion } from './rotation/db.js';
import { hearRotation } from './rotation/hear.js';
import { readOwnKeys } from './rotation/own-keys.js';
import { resealStep, sayResealed } from './rotation/reseal.js';
import { rotateStep } from './rotation/rotate.js';
import { sentVersions } from './rotation/versions.js';

export interface EngineParts {
  definition: SourceDefinition;
  /** A database that has this package's migrations. */
  pool: Pool;
  log: EventLog;
  sealer: Sealer;
  pseudonyms: Pseudonyms;
  /** The files of the pseudonym keys and of the key ring as they are now; without them nothing is rotated. */
  keys?: KeyFiles;
  guard: WithdrawalGuard;
  logger: Logger;
  /** Name of the service in events and of its group of consumers, such as `tax-source`. */
  service: string;
  now?: () => number;
  /** Months for which what records said before is kept (default 60). */
  retentionMonths?: number;
}

/** Key files that may change while the source works. */
export interface KeyFiles {
  pseudonyms: KeySource;
  ring: KeySource;
}

export interface SourceEngine {
  readonly pool: Pool;
  /** The forms of the departments' own identifiers. */
  readonly ids: RecordIds;
  /** Takes a file in; see intake/receive.ts. */
  receive(file: Omit<IncomingFile, 'source' | 'typeId'>): Promise<LoadId>;
  /** Resolves when the load has taken effect, was refused or waits for a confirmation, or after `ms`. */
  settled(id: LoadId, ms: number): Promise<void>;
  /** There may be something to apply. */
  wake(): void;
  /** Begins to apply, to send, and to hear what was applied. Files are taken in while the log cannot be reached too. */
  start(): void;
  /** This database was restored from a copy: raises its epoch and notes everything to be sent again. Returns the epoch. */
  restored(): Promise<number>;
  /** Removes loads whose process was last heard of five minutes ago: it is gone. Done by itself now and then. */
  sweep(): Promise<void>;
  /** Ends after the steps under way; may be called again. */
  stop(): Promise<void>;
}

const IDLE_MS = 1_000;
/** A load of which its receiver has said nothing for so long: longer than silent connections are waited for. */
const ABANDONED_MINUTES = 5;
const SWEEP_MS = 60_000;
/** Topics that were lost are noticed after so long although nothing is sent to them. */
const TOPICS_MS = 30_000;
const FORGET_MS = 86_400_000;
const RETENTION_MONTHS = 60;

/** Makes the engine of a source; nothing runs before `start`. */
export async function createEngine(parts: EngineParts): Promise<SourceEngine> {
  const { definition, pool, log, logger, service } = parts;
  const { digestKey } = await readState(pool, parts.sealer);
  const ids = await recordTypeIds(
    pool,
    definition.recordTypes.map((t) => t.type),
  );
  const own = parts.keys ? await readOwnKeys(pool, parts.sealer, parts.keys.pseudonyms) : null;
  const pseudonyms = own?.pseudonyms ?? parts.pseudonyms;
  const recordIds = createRecordIds(digestKey, pseudonyms);
  const versions = own && sentVersions(own, parts.sealer, digestKey);
  const sealed = await inTransaction(pool, async (client) => {
    await allowLonger(client, 1800);
    return await sealIdsFromBefore(client, definition, ids, recordIds);
  });
  if (sealed > 0) logger.warn({ records: sealed }, 'record ids from before were sealed, and are sent again');
  const intake = { pool, sealer: parts.sealer, pseudonyms, digestKey, ids: recordIds };
  const waiters = new Map<string, Set<() => void>>();
  /** Loads that settled before anybody waited for them. */
  const settledEarly = new Set<string>();
  const loops: Loop[] = [];
  let applying: Loop | null = null;
  let sending: Loop | null = null;
  let hearing: { close(): Promise<void> } | null = null;
  let hearingLetters: { close(): Promise<void> } | null = null;
  let hearingKeys: { close(): Promise<void> } | null = null;
  let topicsSeen = false;
  let topicsLooked = 0;
  let swept = 0;
  let forgot = 0;

  const idOf = (type: string): number => {
    const id = ids.get(type);
    if (id === undefined) throw new DefinitionError(`${definition.source}: ${type} is not known to the database`);
    return id;
  };

  async function applyStep(signal: AbortSignal): Promise<boolean> {
    let any = false;
    const types = (await anyToApply(pool)) ? definition.recordTypes : [];
    for (const { type } of types) {
      if (signal.aborted) return false;
      const outcome = await applyNext(pool, idOf(type), parts.guard);
      if (outcome.done === 'nothing') continue;
      any = true;
      logger.info({ loadId: outcome.loadId, recordType: type, outcome: outcome.done }, 'load');
      settle(outcome.loadId);
      if (outcome.done === 'stored') sending?.wake();
    }
    if (!any && Date.now() - swept > SWEEP_MS) {
      swept = Date.now();
      await sweep();
    }
    return any;
  }

  async function sweep(): Promise<void> {
    for (const no of await abandonedLoads(pool, ABANDONED_MINUTES)) {
      if (!(await discardLoad(pool, no))) continue;
      logger.warn({ load: no }, 'a load whose body never came to its end was removed');
    }
    if (Date.now() - forgot < FORGET_MS) return;
    forgot = Date.now();
    const forgotten = await forgetOldVersions(pool, parts.retentionMonths ?? RETENTION_MONTHS);
    if (forgotten.versions > 0) logger.info(forgotten, 'what was kept long enough was removed');
  }

  async function sendStep(signal: AbortSignal): Promise<boolean> {
    if (!topicsSeen || Date.now() - topicsLooked > TOPICS_MS) await topics();
    topicsSeen = false;
    hearing ??= await consumeApplied({
      pool,
      log,
      logger,
      group: service,
      source: definition.source,
      typeIds: ids,
    });
    hearingLetters ??= await hearMending({
      pool,
      log,
      logger,
      group: `${service}.mending`,
      source: definition.source,
      typeIds: ids,
      wake: () => sending?.wake(),
    });
    const { loads, reconcile } = await whatToSend(pool);
    for (const { type } of reconcile ? definition.recordTypes : []) {
      const parts = { pool, log, logger, service, source: definition.source, type, typeId: idOf(type), comparable };
      await reconcileTopic(parts, signal);
    }
    const any = (loads || reconcile) && (await sendUnderLock(signal));
    // After a failure the topics are looked at again: they may have begun a new life.
    topicsSeen = true;
    return any;
  }

  /** False while slices travel, or may travel, under other keys than those in this database. */
  async function comparable(): Promise<boolean> {
    if (own === null) return true;
    return await inTransaction(pool, async (client) => {
      if ((await openRotation(client)) !== null) return false;
      return ((await sentVersion(client)) ?? own.version) === own.version;
    });
  }

  async function sendUnderLock(signal: AbortSignal): Promise<boolean> {
    let any = false;
    await whileNobodySends(async (client) => {
      any = await sendAll(client, signal);
    });
    return any;
  }

  /** Holds the lock of the relay throughout; false when another process has it. */
  async function whileNobodySends(work: (client: Client) => Promise<void>): Promise<boolean> {
    const client = await pool.connect();
    let healthy = false;
    try {
      const held = await holdRelayLock(client);
      if (held) {
        await work(client);
        await client.query("SELECT pg_advisory_unlock(hashtext('relay'))");
      }
      healthy = true;
      return held;
    } finally {
      // Destroying the connection gives the lock back too.
      client.release(!healthy);
    }
  }

  async function sendAll(client: Client, signal: AbortSignal): Promise<boolean> {
    const { source } = definition;
    const relay = {
      log,
      logger,
      source,
      producedBy: service,
      signal,
      now: parts.now ?? Date.now,
      ids: recordIds,
      versions,
    };
    let any = false;
    for (const type of definition.recordTypes) {
      if (await sendNext(relay, client, type, idOf(type.type))) any = true;
    }
    return any;
  }

  async function keysStep(): Promise<boolean> {
    if (!own || !parts.keys) return false;
    if (hearingKeys === null) {
      await topics();
      await sayResealed({ pool, log, ring: parts.keys.ring, service });
      hearingKeys = await hearRotation({ pool, log, logger, group: `${service}.keys` });
    }
    const { ring, pseudonyms: ownFile } = parts.keys;
    if (!(await anyToRotate(pool, ring.read().current, ownFile.read().current))) return false;
    const common = { pool, log, sealer: parts.sealer, service };
    const resealed = await resealStep({ ...common, ring });
    const rotated = await rotateStep({ ...common, logger, own, definition, typeIds: ids, whileNobodySends });
    return resealed || rotated;
  }

  function settle(id: string): void {
    const waiting = waiters.get(id);
    waiters.delete(id);
    if (!waiting) settledEarly.add(id);
    for (const resolve of waiting ?? []) resolve();
    if (settledEarly.size > 1000) settledEarly.clear();
  }

  async function topics(): Promise<void> {
    topicsLooked = Date.now();
    const records = definition.recordTypes.map(({ type }) => recordTopic(definition.source, type));
    await log.ensureTopics([...records, TOPICS.coverage, TOPICS.pseudonyms, TOPICS.mending, TOPICS.deadLetter]);
    for (const { type } of definition.recordTypes) {
      const again = await noticeNewTopic(pool, log, definition.source, type, idOf(type));
      if (again) logger.warn({ recordType: type }, 'the record topic began a new life: everything is sent again');
    }
  }

  return {
    pool,
    ids: recordIds,
    async receive(file) {
      const id = await receiveLoad(intake, { ...file, source: definition.source, typeId: idOf(file.type.type) });
      applying?.wake();
      return id;
    },
    settled(id, ms) {
      if (settledEarly.delete(id)) return Promise.resolve();
      return new Promise((resolve) => {
        const waiting = waiters.get(id) ?? new Set();
        waiters.set(id, waiting);
        const timer = setTimeout(end, ms);
        waiting.add(end);
        function end() {
          clearTimeout(timer);
          waiting.delete(end);
          if (waiting.size === 0) waiters.delete(id);
          resolve();
        }
      });
    },
    wake() {
      applying?.wake();
    },
    restored() {
      return inTransaction(pool, async (client) => {
        await allowLonger(client, 1800);
        for (const id of ids.values()) await resendAll(client, id);
        return await beginEpochAfter(client, 0);
      });
    },
    sweep,
    start() {
      applying = startLoop({ name: 'applying loads', logger, step: applyStep, idleMs: IDLE_MS });
      sending = startLoop({ name: 'sending slices', logger, step: sendStep, idleMs: IDLE_MS });
      loops.push(applying, sending);
      if (parts.keys) loops.push(startLoop({ name: 'rotating keys', logger, step: keysStep, idleMs: IDLE_MS }));
    },
    async stop() {
      await Promise.all(loops.splice(0).map((loop) => loop.stop()));
      await Promise.all([hearing?.close(), hearingLetters?.close(), hearingKeys?.close()]);
      hearing = null;
      hearingLetters = null;
      hearingKeys = null;
    },
  };
}

/** One relay at a time sends; false when another process holds the lock. */
async function holdRelayLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>("SELECT pg_try_advisory_lock(hashtext('relay')) AS held");
  return rows[0]?.held ?? false;
}
