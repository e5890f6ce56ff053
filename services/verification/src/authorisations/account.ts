import { actorOf, recordLook, safeId } from '@hedui/audit';
import {
  type CitizenAccount,
  decodeEvent,
  formatDay,
  type HouseholdEndingReason,
  isReachable,
  liesWithin,
  purposeOf,
  type Reachable,
  readReportChunk,
  readRequestChunk,
} from '@hedui/contracts';
import type { Identity } from '@hedui/identity-numbers';
import { maskIdNumber } from '@hedui/identity-numbers';
import { papersOf } from '../db/authorisations.js';
import type { ChunkState } from '../db/chunks.js';
import { endingsOf } from '../db/endings.js';
import { chunksWithPerson, householdEndings, type NamedChunkRow, readNamedChunk } from '../db/person-chunks.js';
import type { Deps } from '../deps.js';
import { reportNoOf } from '../identifiers.js';
import { openNames } from './paper-keys.js';
import { printOf } from './person-prints.js';
import type { Act } from './register.js';
import { showPaper } from './show.js';
import { namedOf } from './stop.js';

type Query = CitizenAccount['queries'][number];

/**
 * What was asked about a person, under which authorisation, of which sources and for whom: for that person. Other persons of the
 * households do not stand in it. What lies outside the caller's reach is only counted. The look is recorded before it is shown.
 */
export async function citizenAccount(
  deps: Deps,
  identity: Identity,
  reachable: Reachable,
  { caller, correlationId }: Act,
): Promise<CitizenAccount> {
  const { pool, ring, pseudonyms, settings } = deps;
  const person = pseudonyms.person(identity);
  const key = Buffer.from(person, 'hex');
  const queries: Query[] = [];
  let elsewhere = 0;
  const states = ['ready', 'sent', 'reported', 'dropped'] as const;
  for (const no of await chunksWithPerson(pool, printOf(person), { states })) {
    const chunk = await readNamedChunk(pool, no);
    for (const query of chunk ? await queriesIn(deps, chunk, identity) : []) {
      const { region, programme } = query;
      if (isReachable({ region, programme, owner: query.office }, reachable)) queries.push(query);
      else elsewhere++;
    }
  }
  const endings = await endingsOf(pool, [key]);
  const papers = (await papersOf(pool, { persons: [key] })).filter(
    ({ region, purposes }) =>
      liesWithin(region, reachable.regions) && purposes.some((purpose) => reachable.purposes.includes(purpose)),
  );
  await recordLook(pool, {
    action: 'citizen.account',
    actor: actorOf(caller),
    object: { kind: 'person', id: safeId(person) },
    correlationId,
    details: { queries: queries.length, elsewhere },
  });
  return {
    person: { idType: identity.type, idNumber: maskIdNumber(identity.number) },
    queries,
    authorisations: papers.map((paper) => showPaper(ring, paper, endings, settings.today())),
    endings: endings.map((ending) => ({
      authorisationNo: openNames(ring, ending.id, ending.named).authorisationNo,
      reason: ending.reason,
      endedAt: ending.endedAt.toISOString(),
      programme: ending.programme || null,
    })),
    elsewhere,
  };
}

function stateOf(
  ended: HouseholdEndingReason | 'dropped' | null,
  reported: boolean,
  chunk: ChunkState,
): Query['state'] {
  if (ended !== null && ended !== 'dropped') return ended;
  if (reported) return 'reported';
  return ended === 'dropped' || chunk === 'dropped' ? 'cancelled' : 'under_way';
}

async function queriesIn({ pool, ring }: Deps, chunk: NamedChunkRow, identity: Identity): Promise<Query[]> {
  const named = namedOf(chunk, ring);
  const found = (named ?? []).flatMap(({ persons }, place) => {
    const row = persons.find(({ idType, idNumber }) => idType === identity.type && idNumber === identity.number);
    return row ? [{ row, place }] : [];
  });
  if (found.length === 0) return [];
  const { asOf, households } = readRequestChunk(decodeEvent(chunk.request).payload);
  const reports = chunk.event === null ? [] : readReportChunk(decodeEvent(chunk.event).payload).households;
  const ended = await householdEndings(pool, chunk.no);
  return found.flatMap(({ row, place }): Query[] => {
    const household = households.find(({ index }) => index === place);
    if (household === undefined) return [];
    const { programme, verificationType, region } = household;
    const report = reports.find(({ index }) => index === place);
    const ending = ended.get(place);
    const { sentAt } = chunk;
    // Ended before it was sent: no source was asked.
    const asked = sentAt !== null && (report !== undefined || ending === undefined || ending.endedAt > sentAt);
    return [
      {
        reportNo: reportNoOf(chunk.id, place),
        relation: row.relation,
        programme,
        purpose: purposeOf(programme),
        verificationType,
        region,
        office: chunk.owner,
        asOf: formatDay(asOf),
        askedAt: asked ? sentAt.toISOString() : null,
        state: stateOf(ending?.reason ?? null, report !== undefined, chunk.state),
        authorisationNo: row.authorisationNo,
        authorisedOn: row.authorisedOn === null ? null : formatDay(row.authorisedOn),
        authorisedUntil: row.authorisedUntil === null ? null : formatDay(row.authorisedUntil),
        sources: (report?.assessment.sources ?? []).map(({ source, state }) => ({ source, state })),
      },
    ];
  });
}
