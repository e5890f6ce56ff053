import { recordAudit, SYSTEM } from '@hedui/audit';
import { decodeEvent, readReportChunk, readRequestChunk } from '@hedui/contracts';
import type { Logger } from '@hedui/logging';
import { type Client, inTransaction } from '@hedui/postgres';
import { unsignedBefore } from '../db/authorisations.js';
import { insertNotEligible, lockAuthorisations, type NewEnding, unappliedEndings } from '../db/endings.js';
import { lockUnsettled, markSettled, printsAfter, readNamedChunk } from '../db/person-chunks.js';
import type { Deps } from '../deps.js';
import { newAuthorisationId } from '../identifiers.js';
import type { NamedHousehold, NamedPerson } from '../intake/named-chunk.js';
import { endPaper } from './end.js';
import { openNames, paperKeys, sealNames } from './paper-keys.js';
import { shortPrints } from './person-prints.js';
import { namedOf, stopWork } from './stop.js';

const PAPERS_AT_ONCE = 200;
const CHUNKS_AT_ONCE = 16;
const INDEX_AT_ONCE = 200;

/** Goes on with endings whose work under way was not stopped to the end. */
export async function finishEndings(deps: Deps): Promise<void> {
  for (const ending of await unappliedEndings(deps.pool, PAPERS_AT_ONCE)) await stopWork(deps, ending);
}

/** Ends the green channels whose signature did not come by its day; what was reported under them counts no longer. */
export async function endUnsigned(deps: Deps): Promise<number> {
  const { pool, ring, settings } = deps;
  const papers = await unsignedBefore(pool, settings.today(), PAPERS_AT_ONCE);
  for (const { id, personKey, numberKey, named } of papers) {
    const names = openNames(ring, id, named);
    const correlationId = `unsigned-${id}`;
    const ending = await inTransaction(pool, async (client) => {
      await lockAuthorisations(client);
      const paper = { keys: { personKey, numberKey }, names, reason: 'unsigned', correlationId } as const;
      return await endPaper(client, deps, paper, SYSTEM);
    });
    await stopWork(deps, ending);
  }
  return papers.length;
}

/** A household that was found not eligible. */
interface Failed {
  chunkNo: number;
  programme: string;
  household: NamedHousehold;
}

/**
 * Ends the authorisations of households that were found not eligible and whose objection period is over, chunk by chunk: for the programme
 * that was asked about. Where the household was asked about again under the same paper, the newest report decides, in its own time.
 * Returns how many reports' chunks it settled.
 */
export async function endNotEligible(deps: Deps): Promise<number> {
  const { pool, pseudonyms, ring, settings } = deps;
  return await inTransaction(pool, async (client) => {
    const chunks = await lockUnsettled(client, settings.objectionDays, CHUNKS_AT_ONCE);
    if (chunks.length === 0) return 0;
    const failed: Failed[] = [];
    for (const { no, event } of chunks) failed.push(...(await failedIn(client, deps, no, event)));
    const again = await askedAgain(client, deps, failed);
    const endings = failed
      .filter((one) => !again.has(one))
      .flatMap(({ chunkNo, programme, household }) =>
        household.persons.flatMap((person): NewEnding[] => {
          const { authorisationNo, idType, idNumber } = person;
          if (authorisationNo === null) return [];
          const id = newAuthorisationId();
          const names = { authorisationNo, idType, idNumber, guardian: null, words: null };
          return [
            {
              id,
              ...paperKeys(pseudonyms, { type: idType, number: idNumber }, authorisationNo),
              programme,
              reason: 'not_eligible',
              chunkNo,
              named: sealNames(ring, id, names),
              endedBy: SYSTEM.subject,
              correlationId: `not-eligible-${chunkNo}`,
            },
          ];
        }),
      );
    await markSettled(
      client,
      chunks.map(({ no }) => no),
    );
    if (endings.length > 0) {
      await lockAuthorisations(client);
      const ended = await insertNotEligible(client, endings);
      await recordAudit(client, {
        action: 'authorisation.end',
        actor: SYSTEM,
        object: { kind: 'chunks', id: `${chunks[0]?.no}-${chunks.at(-1)?.no}` },
        details: { reason: 'not_eligible', authorisations: ended, households: failed.length - again.size },
      });
    }
    return chunks.length;
  });
}

async function failedIn(client: Client, { ring }: Deps, no: number, event: Buffer): Promise<Failed[]> {
  const { households } = readReportChunk(decodeEvent(event).payload);
  const failing = households.filter(({ assessment }) => assessment.conclusion === 'does_not_meet');
  if (failing.length === 0) return [];
  const chunk = await readNamedChunk(client, no);
  const named = chunk && namedOf(chunk, ring);
  return failing.flatMap(({ index, programme }) => {
    const household = named?.[index];
    return household ? [{ chunkNo: no, programme, household }] : [];
  });
}

const applicantOf = ({ persons }: NamedHousehold): NamedPerson | undefined =>
  persons.find(({ relation }) => relation === 'applicant');
const paperOf = (person: NamedPerson, programme: string): string =>
  [person.idType, person.idNumber, person.authorisationNo, programme].join('\0');

/** Which of these households stand in a later chunk too: the same applicant, under the same paper, for the same programme. */
async function askedAgain(client: Client, deps: Deps, failed: readonly Failed[]): Promise<Set<Failed>> {
  const { pseudonyms, ring } = deps;
  const again = new Set<Failed>();
  const byPaper = new Map<string, Failed[]>();
  const prints = new Set<number>();
  for (const one of failed) {
    const applicant = applicantOf(one.household);
    if (applicant === undefined) continue;
    const key = paperOf(applicant, one.programme);
    byPaper.set(key, [...(byPaper.get(key) ?? []), one]);
    prints.add(
      Number.parseInt(pseudonyms.person({ type: applicant.idType, number: applicant.idNumber }).slice(0, 12), 16),
    );
  }
  let after = failed.reduce((least, { chunkNo }) => Math.min(least, chunkNo), Number.MAX_SAFE_INTEGER);
  while (prints.size > 0) {
    const page = await printsAfter(client, after, INDEX_AT_ONCE);
    for (const { no, persons } of page) {
      if (persons === null || holdsAny(persons, prints)) await compare(no);
      after = no;
    }
    if (page.length < INDEX_AT_ONCE) break;
  }
  return again;

  async function compare(no: number): Promise<void> {
    const chunk = await readNamedChunk(client, no);
    const named = chunk && namedOf(chunk, ring);
    if (!chunk || !named) return;
    const programmes = programmesOf(chunk.request);
    named.forEach((household, place) => {
      const applicant = applicantOf(household);
      const programme = programmes.get(place);
      if (applicant === undefined || programme === undefined) return;
      for (const one of byPaper.get(paperOf(applicant, programme)) ?? []) if (one.chunkNo < no) again.add(one);
    });
  }
}

function holdsAny(packed: Buffer, prints: ReadonlySet<number>): boolean {
  for (const print of shortPrints(packed)) if (prints.has(print)) return true;
  return false;
}

function programmesOf(request: Buffer): Map<number, string> {
  const { households } = readRequestChunk(decodeEvent(request).payload);
  return new Map(households.map(({ index, programme }) => [index, programme]));
}

/** Everything that is due, now. */
export async function settleAll(deps: Deps): Promise<void> {
  await finishEndings(deps);
  while ((await endUnsigned(deps)) === PAPERS_AT_ONCE);
  while ((await endNotEligible(deps)) === CHUNKS_AT_ONCE);
}

/** Settles now and every so often until the returned function is called. */
export function startSettler(deps: Deps, everyMs: number, logger: Logger): () => Promise<void> {
  let underWay: Promise<unknown> | null = null;
  const settle = () => {
    underWay ??= settleAll(deps)
      .catch((error: unknown) => logger.warn({ err: error }, 'ending authorisations failed; it is tried again'))
      .finally(() => {
        underWay = null;
      });
  };
  settle();
  const timer = setInterval(settle, everyMs);
  return async () => {
    clearInterval(timer);
    await underWay;
  };
}
