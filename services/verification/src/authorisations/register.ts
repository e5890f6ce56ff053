import { actorOf, recordAudit } from '@hedui/audit';
import {
  type AuthorisationRequest,
  type Caller,
  type CorrelationId,
  type Day,
  ID_TYPES,
  type InputError,
  liesWithin,
  parseDay,
  ruleText,
} from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { type Identity, readIdentity } from '@hedui/identity-numbers';
import { inTransaction } from '@hedui/postgres';
import { insertPaper, papersOf, type StoredPaper } from '../db/authorisations.js';
import { lockAuthorisations } from '../db/endings.js';
import type { Deps } from '../deps.js';
import { newAuthorisationId } from '../identifiers.js';
import { openNames, type PaperNames, paperKeys, sealNames } from './paper-keys.js';

/** Who acts, and in which work. */
export interface Act {
  caller: Caller;
  correlationId: CorrelationId;
}

interface Faults {
  add(column: string, addition: string, code?: InputError['code']): void;
  refuse(): void;
}

function faults(): Faults {
  const errors: InputError[] = [];
  return {
    add(column, addition, code = 'VALUE_INVALID') {
      const rule = code === 'VALUE_INVALID' ? ruleText('VALUE_INVALID', addition) : addition;
      errors.push({ line: null, column, code, rule });
    },
    refuse() {
      if (errors.length > 0) throw new HeduiError('BODY_INVALID', { errors });
    },
  };
}

/** A document as it stands in a request, read by the rules of the batch file. Throws BODY_INVALID. */
export function readDocument(document: { idType?: string | undefined; idNumber: string }): Identity {
  const found = faults();
  const identity = identityOf(document, '', found);
  found.refuse();
  if (identity === null) throw new HeduiError('BODY_INVALID');
  return identity;
}

function identityOf(
  document: { idType?: string | undefined; idNumber: string },
  prefix: string,
  found: Faults,
): Identity | null {
  const given = document.idType?.trim() || 'resident_id';
  const idType = ID_TYPES.find((type) => type === given);
  if (idType === undefined) {
    found.add(`${prefix}idType`, ID_TYPES.join(', '));
    return null;
  }
  const reading = readIdentity(idType, document.idNumber);
  if (reading.ok) return reading.identity;
  found.add(`${prefix}idNumber`, ruleText(reading.code), reading.code);
  return null;
}

interface Read {
  identity: Identity;
  names: PaperNames;
  terms: Pick<StoredPaper, 'kind' | 'purposes' | 'sources' | 'signedOn' | 'until' | 'dueOn' | 'signatureOn'>;
}

/** Reads a paper; throws BODY_INVALID with every fault. A guardian signs with kind guardian only, and never for himself. */
export function readPaper(body: AuthorisationRequest, graceDays: number): Read {
  const found = faults();
  const kind = body.kind ?? 'signed';
  const identity = identityOf(body.person, 'person.', found);
  const guardian = body.guardian ? identityOf(body.guardian, 'guardian.', found) : null;
  if ((kind === 'guardian') !== (body.guardian !== undefined))
    found.add('guardian', 'with kind guardian, and only then');
  if (identity && guardian && identity.type === guardian.type && identity.number === guardian.number) {
    found.add('guardian', 'nobody is his own guardian');
  }
  const signedOn = dayAt(body.signedOn, 'signedOn', found);
  const until = dayAt(body.until, 'until', found);
  const due = dayAt(body.dueOn, 'dueOn', found);
  if (signedOn !== null && until !== null && until < signedOn) found.add('until', 'until ≥ signedOn');
  if (kind !== 'green_channel' && due !== null) found.add('dueOn', 'with kind green_channel only');
  if (signedOn !== null && due !== null && due < signedOn) found.add('dueOn', 'dueOn ≥ signedOn');
  found.refuse();
  if (identity === null || signedOn === null) throw new HeduiError('BODY_INVALID');
  return {
    identity,
    names: {
      authorisationNo: body.authorisationNo.normalize('NFKC').trim(),
      idType: identity.type,
      idNumber: identity.number,
      guardian:
        guardian && body.guardian
          ? {
              idType: guardian.type,
              idNumber: guardian.number,
              name: body.guardian.name,
              standing: body.guardian.standing ?? null,
            }
          : null,
      words: null,
    },
    terms: {
      kind,
      purposes: [...new Set(body.purposes)].sort(),
      sources: body.sources === undefined ? null : [...new Set(body.sources)].sort(),
      signedOn,
      until,
      dueOn: kind === 'green_channel' ? (due ?? ((signedOn + graceDays) as Day)) : null,
      signatureOn: null,
    },
  };
}

function dayAt(text: string | null | undefined, column: string, found: Faults): Day | null {
  if (text === null || text === undefined) return null;
  const day = parseDay(text);
  if (day === null) found.add(column, 'YYYY-MM-DD');
  return day;
}

/**
 * Registers a paper; the same again changes nothing (`created` false). Throws HeduiError FORBIDDEN for a region or a purpose that is not the
 * caller's, AUTHORISATION_EXISTS when the person's paper of this number is registered with other contents, BODY_INVALID.
 */
export async function registerPaper(
  { pool, ring, pseudonyms, settings }: Pick<Deps, 'pool' | 'ring' | 'pseudonyms' | 'settings'>,
  body: AuthorisationRequest,
  { caller, correlationId }: Act,
): Promise<{ paper: StoredPaper; created: boolean }> {
  const { identity, names, terms } = readPaper(body, settings.greenChannelDays);
  if (
    !liesWithin(body.region, caller.regions) ||
    !terms.purposes.every((purpose) => caller.purposes.includes(purpose))
  ) {
    throw new HeduiError('FORBIDDEN');
  }
  const id = newAuthorisationId();
  const owner = caller.department;
  return await inTransaction(pool, async (client) => {
    await lockAuthorisations(client);
    const keys = paperKeys(pseudonyms, identity, names.authorisationNo);
    const made = await insertPaper(client, {
      id,
      ...keys,
      ...terms,
      region: body.region,
      owner,
      named: sealNames(ring, id, names),
      registeredBy: caller.subject,
    });
    if (made !== null) {
      await recordAudit(client, {
        action: 'authorisation.register',
        actor: actorOf(caller),
        object: { kind: 'authorisation', id },
        region: body.region,
        correlationId,
        details: { kind: terms.kind, purposes: terms.purposes.join(',') },
      });
      return { paper: made, created: true };
    }
    const known = (await papersOf(client, { numbers: [keys.numberKey] })).find((paper) =>
      paper.personKey.equals(keys.personKey),
    );
    const same =
      known !== undefined &&
      known.owner === owner &&
      known.region === body.region &&
      JSON.stringify(openNames(ring, known.id, known.named)) === JSON.stringify(names) &&
      JSON.stringify(termsOf(known)) === JSON.stringify(termsOf({ ...terms, signatureOn: known.signatureOn }));
    if (!same) throw new HeduiError('AUTHORISATION_EXISTS');
    return { paper: known, created: false };
  });
}

const termsOf = ({ kind, purposes, sources, signedOn, until, dueOn, signatureOn }: Read['terms']) => [
  kind,
  purposes,
  sources,
  signedOn,
  // A later signature may have brought its own end.
  signatureOn === null ? until : null,
  dueOn,
];
