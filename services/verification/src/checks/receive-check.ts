import type { ChunkId, CorrelationId, Day, Reachable, VerificationRequest } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import type { EventLog } from '@hedui/event-log';
import type { Policy } from '@hedui/means-test';
import { type Client, inTransaction } from '@hedui/postgres';
import { newDataKey } from '@hedui/privacy';
import { openTable, type RawRow } from '@hedui/tables';
import { chunkPassed } from '@hedui/telemetry';
import { paperFaults, rejectsOf } from '../authorisations/check-papers.js';
import { createJoined, packPersons } from '../authorisations/person-prints.js';
import { insertCheck } from '../db/chunks.js';
import { holdAuthorisations } from '../db/endings.js';
import { markSent } from '../db/sending.js';
import type { Deps } from '../deps.js';
import { requestMessage } from '../dispatch/sender.js';
import { newChunkId } from '../identifiers.js';
import { BATCH_COLUMNS, jsonKey } from '../intake/columns.js';
import type { IntakeHousehold } from '../intake/household.js';
import { createJudge } from '../intake/judge-household.js';
import { sealNamed } from '../intake/named-chunk.js';
import { blindHousehold, type ChunkOrigin, encodeRequest, namedHousehold } from '../intake/pack-chunk.js';

/** Stands for the reference of a household that came without one; it is not kept. */
const NO_REF = 'check';
const OUT_OF_REACH: ReadonlySet<string> = new Set(['REGION_FORBIDDEN', 'PURPOSE_FORBIDDEN']);
const HOUSEHOLD_KEYS = new Set(['programme', 'verificationType', 'region', 'area', 'benefitNo']);

/**
 * Judges the household of a single check by the rules of a batch: it is read as a batch of one, so that both accept and
 * refuse the same. Throws HeduiError HOUSEHOLD_REJECTED, and FORBIDDEN for one out of the caller's reach; a fault's line is the person's row,
 * from 1.
 */
export async function judgeCheck(
  body: VerificationRequest,
  policy: Policy,
  asOf: Day,
  reach: Reachable,
): Promise<IntakeHousehold> {
  const text = body.persons.map((person, i) => JSON.stringify(rowOf(body, person, i === 0))).join('\n');
  const table = await openTable(once(Buffer.from(text)), { format: 'ndjson', columns: BATCH_COLUMNS });
  const rows: RawRow[] = [];
  for await (const some of table.rows()) rows.push(...some);
  const ref = rows[0]?.cells[0] ?? '';
  const judgement = createJudge(policy, asOf, reach)({ ref, rows, part: 'whole' });
  const forbidden = judgement.ok ? [] : judgement.rejects.filter(({ code }) => OUT_OF_REACH.has(code));
  if (forbidden.length > 0) throw new HeduiError('FORBIDDEN', { errors: forbidden });
  if (!judgement.ok) throw new HeduiError('HOUSEHOLD_REJECTED', { errors: judgement.rejects });
  return judgement.household;
}

function rowOf(body: VerificationRequest, person: VerificationRequest['persons'][number], first: boolean) {
  const household: Readonly<Record<string, unknown>> = body;
  const own: Readonly<Record<string, unknown>> = person;
  const cells = BATCH_COLUMNS.map(({ name }) => {
    const key = jsonKey(name);
    if (name === 'household_ref') return [key, body.householdRef || NO_REF];
    return [key, HOUSEHOLD_KEYS.has(key) ? (first ? household[key] : null) : own[key]];
  });
  return Object.fromEntries(cells.map(([key, value]) => [key, value ?? null]));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

interface CheckRequest {
  correlationId: CorrelationId;
  owner: string | null;
  /** Called in the transaction that stores the check, so that a repeat of the call finds it however this one ends. */
  note(client: Client, id: ChunkId): Promise<void>;
}

/**
 * Stores a single check and sends it at once, which it does not wait for: what is stored is not lost, and the sender takes it up when
 * sending fails. Returns the id of its chunk, which holds this one household at place 0. Whoever listens for its report from here on misses no news.
 */
export async function storeCheck(
  deps: Deps,
  log: Pick<EventLog, 'publish'>,
  household: IntakeHousehold,
  hasRef: boolean,
  request: Omit<ChunkOrigin, 'batchId'> & CheckRequest,
): Promise<ChunkId> {
  const { pool, ring, pseudonyms, logger } = deps;
  const began = Date.now();
  const id = newChunkId();
  const { note, ...rest } = request;
  const origin: ChunkOrigin = { ...rest, batchId: null };
  const key = newDataKey(ring, id);
  const { region, programme } = household;
  const { no, event } = await inTransaction(pool, async (client) => {
    const sent = await deps.keys.hold(client);
    const blind = blindHousehold(household, 0, sent);
    const joined = createJoined(sent, pseudonyms)(household, blind);
    const event = encodeRequest(id, origin, [blind], Date.now());
    await holdAuthorisations(client);
    const suspect = { household, persons: joined.persons.map(({ person }) => person) };
    const [faults = []] = await paperFaults(client, pseudonyms, [suspect], origin.asOf);
    if (faults.length > 0) throw new HeduiError('HOUSEHOLD_REJECTED', { errors: rejectsOf(household, faults) });
    const chunk = {
      id,
      dataKey: key.wrapped,
      named: sealNamed([namedHousehold(household, hasRef ? household.ref : null)], key.sealer, id),
      request: event,
      persons: packPersons([joined]),
      keyVersion: sent.version,
      owner: request.owner,
    };
    const chunkNo = await insertCheck(client, chunk, { region, programme });
    await note(client, id);
    return { no: chunkNo, event };
  });
  const line = {
    service: 'verification',
    correlationId: origin.correlationId,
    chunkId: id,
    batchId: null,
    households: 1,
  };
  const packed = Date.now();
  chunkPassed(logger, { ...line, step: 'packed', began, ended: packed });
  const send = async () => {
    try {
      await log.publish([requestMessage({ id, batchId: null, request: event })]);
      await markSent(pool, [no]);
      chunkPassed(logger, { ...line, step: 'sent', began: packed });
    } catch (error) {
      logger.warn({ err: error, chunkId: id }, 'a single check could not be sent at once; the sender takes it up');
    }
  };
  void send();
  return id;
}
