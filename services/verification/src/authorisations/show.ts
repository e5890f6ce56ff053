import { type Authorisation, type Day, formatDay, type SourceName } from '@hedui/contracts';
import { maskIdNumber, maskName } from '@hedui/identity-numbers';
import type { Sealer } from '@hedui/privacy';
import type { StoredPaper } from '../db/authorisations.js';
import type { StoredEnding } from '../db/endings.js';
import { stateOn } from './in-force.js';
import { openNames } from './paper-keys.js';

/** A paper as callers see it, masked. `endings` may hold those of other papers of the person. */
export function showPaper(
  ring: Sealer,
  paper: StoredPaper,
  endings: readonly StoredEnding[],
  today: Day,
): Authorisation {
  const { authorisationNo, idType, idNumber, guardian } = openNames(ring, paper.id, paper.named);
  const own = endings.filter(
    ({ numberKey, personKey }) => numberKey.equals(paper.numberKey) && personKey.equals(paper.personKey),
  );
  const dayText = (day: Day | null) => (day === null ? null : formatDay(day));
  return {
    id: paper.id,
    authorisationNo,
    person: { idType, idNumber: maskIdNumber(idNumber) },
    kind: paper.kind,
    guardian: guardian && {
      idType: guardian.idType,
      idNumber: maskIdNumber(guardian.idNumber),
      name: maskName(guardian.name),
      standing: guardian.standing,
    },
    purposes: [...paper.purposes],
    sources: paper.sources === null ? null : (paper.sources as SourceName[]),
    region: paper.region,
    signedOn: formatDay(paper.signedOn),
    until: dayText(paper.until),
    dueOn: dayText(paper.dueOn),
    signatureOn: dayText(paper.signatureOn),
    state: stateOn(paper, own, today),
    endings: own.map(({ reason, endedAt, programme }) => ({
      reason,
      endedAt: endedAt.toISOString(),
      programme: programme || null,
    })),
    registeredAt: paper.registeredAt.toISOString(),
  };
}
