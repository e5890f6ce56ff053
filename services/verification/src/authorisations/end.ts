import { type AuditActor, actorOf, recordAudit } from '@hedui/audit';
import {
  type AuthorisationEnding,
  formatDay,
  parseDay,
  type Withdrawal,
  type WithdrawalRequest,
} from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { type Client, inTransaction } from '@hedui/postgres';
import { findPaper, type StoredPaper, signPaper } from '../db/authorisations.js';
import { endingsOf, insertEnding, lockAuthorisations, type StoredEnding } from '../db/endings.js';
import type { Deps } from '../deps.js';
import { newAuthorisationId } from '../identifiers.js';
import { owesSignature } from './in-force.js';
import { type PaperKeys, type PaperNames, paperKeys, sealNames } from './paper-keys.js';
import { type Act, readDocument } from './register.js';
import { stopWork } from './stop.js';

/** Ends a paper for every programme, under the lock; the ending that stands, which an earlier one may be. */
export async function endPaper(
  client: Client,
  { ring }: Pick<Deps, 'ring'>,
  paper: { keys: PaperKeys; names: PaperNames; reason: AuthorisationEnding; correlationId: string },
  actor: AuditActor,
): Promise<StoredEnding> {
  const id = newAuthorisationId();
  const { ending, isNew } = await insertEnding(client, {
    id,
    ...paper.keys,
    programme: '',
    reason: paper.reason,
    chunkNo: null,
    named: sealNames(ring, id, paper.names),
    endedBy: actor.subject,
    correlationId: paper.correlationId,
  });
  if (isNew) {
    await recordAudit(client, {
      action: 'authorisation.end',
      actor,
      object: { kind: 'authorisation_ending', id },
      correlationId: paper.correlationId,
      details: { reason: paper.reason },
    });
  }
  return ending;
}

/**
 * Takes an authorisation back, registered or not, and stops what is under way under it. When this returns nothing of it will be assessed or
 * shown; should this process die first, the settler goes on. The same again changes nothing.
 */
export async function withdraw(deps: Deps, body: WithdrawalRequest, act: Act): Promise<Withdrawal> {
  const identity = readDocument(body.person);
  const authorisationNo = body.authorisationNo.normalize('NFKC').trim();
  const names: PaperNames = {
    authorisationNo,
    idType: identity.type,
    idNumber: identity.number,
    guardian: null,
    words: body.reason,
  };
  const keys = paperKeys(deps.pseudonyms, identity, authorisationNo);
  const ending = await inTransaction(deps.pool, async (client) => {
    await lockAuthorisations(client);
    const paper = { keys, names, reason: 'withdrawn', correlationId: act.correlationId } as const;
    return await endPaper(client, deps, paper, actorOf(act.caller));
  });
  const stopped = await stopWork(deps, ending);
  return { authorisationNo, withdrawnAt: ending.endedAt.toISOString(), ...stopped };
}

/**
 * Notes the later signature of a green channel; the same again changes nothing. Throws HeduiError NOT_FOUND, STATE_CONFLICT for a paper that
 * owes none or was signed on another day, AUTHORISATION_ENDED when it has ended or the day is past its last one.
 */
export async function sign(
  { pool, settings }: Pick<Deps, 'pool' | 'settings'>,
  found: StoredPaper,
  body: { signedOn: string; until?: string | null | undefined },
  { caller, correlationId }: Act,
): Promise<StoredPaper> {
  const on = parseDay(body.signedOn);
  const until = typeof body.until === 'string' ? parseDay(body.until) : found.until;
  const wrongEnd = typeof body.until === 'string' && (until === null || (on !== null && until < on));
  if (on === null || on < found.signedOn || on > settings.today() || wrongEnd) {
    throw new HeduiError('BODY_INVALID', {
      detail: 'signedOn lies between the day of the green channel and today, until not before it',
    });
  }
  return await inTransaction(pool, async (client) => {
    await lockAuthorisations(client);
    const paper = await findPaper(client, found.id);
    if (paper === null) throw new HeduiError('NOT_FOUND');
    if (paper.kind !== 'green_channel')
      throw new HeduiError('STATE_CONFLICT', { detail: 'this paper owes no signature' });
    if (paper.signatureOn === on) return paper;
    if (paper.signatureOn !== null) throw new HeduiError('STATE_CONFLICT', { detail: 'it was signed on another day' });
    const endings = await endingsOf(client, [paper.personKey]);
    const ended = endings.some(({ numberKey, programme }) => programme === '' && numberKey.equals(paper.numberKey));
    if (ended || owesSignature(paper, on)) throw new HeduiError('AUTHORISATION_ENDED');
    const signed = await signPaper(client, paper.id, { on, until: until ?? null });
    if (signed === null) throw new HeduiError('STATE_CONFLICT');
    await recordAudit(client, {
      action: 'authorisation.sign',
      actor: actorOf(caller),
      object: { kind: 'authorisation', id: paper.id },
      region: paper.region,
      correlationId,
      details: { signedOn: formatDay(on) },
    });
    return signed;
  });
}
