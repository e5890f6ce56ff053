/**
 * The source's part in a rotation of the pseudonym key. Nothing in `record` is written anew: rows stand under the version that the
 * database began with, and what is sent is translated.
 *
 *   translating ─▶ doubling ─▶ doubled ─(verification: drained)─▶ clearing ─▶ done
 *
 * translating: the keys of everybody under the new version are worked out. doubling: every slice is noted to be sent again, and from here on
 * each goes out under both versions. doubled: a mark went through every partition behind them. clearing: only the new version is sent, and
 * what stood under the old one is taken back. Each step is bounded, its place is kept with what it did, and may run again.
 */
import {
  type CorrelationId,
  encodeEvent,
  keyFromBytes,
  type PersonKey,
  partitionOfPerson,
  type RotationMark,
  type RotationTold,
  recordTopic,
  rotationMarkKey,
  SCHEMA_VERSION,
  toldMessage,
} from '@hedui/contracts';
import type { EventLog, OutgoingMessage } from '@hedui/event-log';
import type { Logger } from '@hedui/logging';
import { allowLonger, type Client, inTransaction, type Pool } from '@hedui/postgres';
import type { Sealer } from '@hedui/privacy';
import { anyPending, resendAll } from '../db/pending.js';
import type { SourceDefinition } from '../definition.js';
import {
  addPseudonyms,
  beginRotation,
  countNames,
  enterStep,
  findPseudonyms,
  forgetPseudonyms,
  lockRotation,
  namesAfter,
  noteProgress,
  openRotation,
  personsAfter,
  type Rotation,
  sentVersion,
  writeSentVersion,
} from './db.js';
import type { OwnKeys } from './own-keys.js';
import { recordKeyStep } from './record.js';
import { translateNames } from './translate.js';

export interface RotateParts {
  pool: Pool;
  log: Pick<EventLog, 'publish'>;
  logger: Logger;
  sealer: Sealer;
  own: OwnKeys;
  definition: SourceDefinition;
  typeIds: ReadonlyMap<string, number>;
  /** Name of the service. */
  service: string;
  /** Runs work while no relay sends, in whichever process; false when one is at it. */
  whileNobodySends(work: (client: Client) => Promise<void>): Promise<boolean>;
  /** Persons of one step (default 1,000). */
  stepPersons?: number;
}

const STEP_PERSONS = 1_000;
const FORGET_ROWS = 20_000;

/** Does one bounded step of the rotation under way, or begins one when the key file names another version. True: there is more to do at once. */
export async function rotateStep(parts: RotateParts): Promise<boolean> {
  const { pool, own, logger } = parts;
  const rotation = await openRotation(pool);
  if (rotation === null) {
    const [from, to] = [await sentVersion(pool), own.file.read().current];
    if (from === null || from === to) return false;
    const begun = await inTransaction(pool, async (client) => {
      if (!(await beginRotation(client, { from, to, step: 'translating' }))) return false;
      await recordKeyStep(client, { from, to }, 'begun');
      return true;
    });
    if (!begun) throw new Error(`version ${to} of the pseudonym key was used before: a rotation needs a new version`);
    logger.warn({ from, to }, 'the pseudonym key is rotated');
    return true;
  }
  if (rotation.step === 'translating') return await translateSome(parts, rotation);
  if (rotation.step === 'doubling') return await markDoubled(parts, rotation);
  if (rotation.step === 'doubled') return rotation.drained && (await letGo(parts, rotation));
  return await clearSome(parts, rotation);
}

const limitOf = (parts: RotateParts) => parts.stepPersons ?? STEP_PERSONS;

function tell(parts: RotateParts, to: string, step: RotationTold['step'], done: number, total: number | null) {
  return parts.log.publish([
    toldMessage({ kind: 'pseudonyms', to, service: parts.service, about: '', step, done, total }),
  ]);
}

async function translateSome(parts: RotateParts, { to }: Rotation): Promise<boolean> {
  const { pool, sealer, own, typeIds } = parts;
  const limit = limitOf(parts);
  const outcome = await inTransaction(pool, async (client) => {
    await allowLonger(client, 1800);
    const rotation = await lockRotation(client, to, 'translating');
    if (rotation === null) return null;
    const after = rotation.after.length === 32 ? rotation.after : Buffer.alloc(32);
    const names = await namesAfter(client, after, limit);
    await addPseudonyms(client, to, translateNames({ sealer, pseudonyms: own.pseudonyms.at(to) }, names));
    const last = names.at(-1);
    if (last) await noteProgress(client, to, Buffer.concat([last.personKey, last.nameKey]), names.length);
    if (names.length < limit) {
      // Holds the relay off: what it is sending would be forgotten although it went out under one version only.
      for (const id of typeIds.values()) await resendAll(client, id);
      await enterStep(client, to, 'doubling');
    }
    return { done: rotation.done + names.length, last: names.length < limit };
  });
  if (outcome) {
    const total = outcome.last ? outcome.done : await countNames(pool);
    await tell(parts, to, outcome.last ? 'doubling' : 'translating', outcome.done, total);
  }
  return true;
}

/** True once everything that was noted when the doubling began has been sent. */
async function allDoubled(client: Client, typeIds: ReadonlyMap<string, number>): Promise<boolean> {
  for (const id of typeIds.values()) if (await anyPending(client, id, 0)) return false;
  return true;
}

async function markDoubled(parts: RotateParts, rotation: Rotation): Promise<boolean> {
  const { to } = rotation;
  let done = false;
  await parts.whileNobodySends(async (client) => {
    if (!(await allDoubled(client, parts.typeIds))) return;
    await parts.log.publish(marks(parts, to, 'doubled'));
    await enterOnRecord(parts.pool, rotation, 'doubled');
    done = true;
  });
  if (done) await tell(parts, to, 'doubled', 0, null);
  return done;
}

/** Goes on to a step that is put on record with it. */
function enterOnRecord(pool: Pool, rotation: Rotation, step: 'doubled' | 'done'): Promise<void> {
  return inTransaction(pool, async (client) => {
    await enterStep(client, rotation.to, step);
    await recordKeyStep(client, rotation, step);
  });
}

/** From here on only the new version is sent. */
async function letGo(parts: RotateParts, { from, to }: Rotation): Promise<boolean> {
  await inTransaction(parts.pool, async (client) => {
    await client.query("SELECT pg_advisory_xact_lock(hashtext('relay'))");
    if ((await lockRotation(client, to, 'doubled')) === null) return;
    await writeSentVersion(client, to);
    await enterStep(client, to, 'clearing');
    await recordKeyStep(client, { from, to }, 'switched');
  });
  return true;
}

async function clearSome(parts: RotateParts, { from, to }: Rotation): Promise<boolean> {
  let more = false;
  let told = 0;
  const limit = limitOf(parts);
  await parts.whileNobodySends(async (client) => {
    const rotation = await openRotation(client);
    if (rotation?.to !== to || rotation.step !== 'clearing') return;
    const persons = from === to ? [] : await personsAfter(client, rotation.after, limit);
    await parts.log.publish(await movedMessages(parts, client, from, persons));
    const last = persons.at(-1);
    told = rotation.done + persons.length;
    if (last) await noteProgress(client, to, last, persons.length);
    if (persons.length === limit) {
      more = true;
      return;
    }
    await parts.log.publish(marks(parts, to, 'cleared'));
    while (from !== to && (await forgetPseudonyms(client, from, FORGET_ROWS)));
    await enterOnRecord(parts.pool, rotation, 'done');
  });
  await tell(parts, to, more ? 'clearing' : 'cleared', told, null);
  return more;
}

/** What takes back the slices of some persons under the version before. */
async function movedMessages(
  { definition, service, own }: RotateParts,
  client: Client,
  from: string,
  persons: readonly Buffer[],
): Promise<OutgoingMessage[]> {
  const known = from === own.version ? null : await findPseudonyms(client, from, persons);
  const keys = persons.flatMap((person) => known?.get(person.toString('hex')) ?? (known ? [] : [person]));
  const { source } = definition;
  return definition.recordTypes.flatMap(({ type }) =>
    keys.map((key) => ({
      topic: recordTopic(source, type).name,
      partition: partitionOfPerson(keyFromBytes<PersonKey>(key)),
      key,
      value: encodeEvent({
        id: `moved.${source}.${type}.${key.toString('hex')}`,
        type: 'person.moved',
        schemaVersion: SCHEMA_VERSION,
        producedBy: service,
        occurredAt: Date.now(),
        correlationId: `rotation-${from}` as CorrelationId,
        payload: { source, recordType: type },
      }),
    })),
  );
}

function marks({ definition, service }: RotateParts, to: string, step: RotationMark['step']): OutgoingMessage[] {
  return definition.recordTypes.flatMap(({ type: recordType }) => {
    const topic = recordTopic(definition.source, recordType);
    const mark: RotationMark = { source: definition.source, recordType, to, step };
    const id = `mark.${definition.source}.${recordType}.${to}.${step}`;
    const value = encodeEvent({
      id,
      type: 'pseudonyms.mark',
      schemaVersion: SCHEMA_VERSION,
      producedBy: service,
      occurredAt: Date.now(),
      correlationId: `rotation-${to}` as CorrelationId,
      payload: mark,
    });
    const key = rotationMarkKey(step);
    return Array.from({ length: topic.partitions }, (_, partition) => ({ topic: topic.name, partition, key, value }));
  });
}
