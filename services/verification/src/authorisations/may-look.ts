import { HeduiError } from '@hedui/errors';
import type { Queryable } from '@hedui/postgres';
import type { Pseudonyms } from '@hedui/privacy';
import { endingsOf } from '../db/endings.js';
import type { NamedHousehold } from '../intake/named-chunk.js';
import { endsFor } from './in-force.js';
import { numberKeyOf } from './paper-keys.js';

/**
 * Refuses a further look at a household (today's data, a record behind a finding) once one of its authorisations has ended: taken back, never
 * signed, or the household was found not eligible and nobody objected in time. Throws HeduiError AUTHORISATION_ENDED. What was issued may
 * still be read.
 */
export async function refuseEndedLook(
  db: Queryable,
  pseudonyms: Pseudonyms,
  household: NamedHousehold,
  programme: string,
): Promise<void> {
  const papers = new Map(
    household.persons.flatMap(({ idType, idNumber, authorisationNo }) =>
      authorisationNo === null
        ? []
        : [[pseudonyms.person({ type: idType, number: idNumber }) as string, authorisationNo]],
    ),
  );
  const endings = await endingsOf(
    db,
    [...papers.keys()].map((person) => Buffer.from(person, 'hex')),
  );
  const ended = endings.some((ending) => {
    const number = papers.get(ending.personKey.toString('hex'));
    return (
      number !== undefined && endsFor(ending, programme) && numberKeyOf(pseudonyms, number).equals(ending.numberKey)
    );
  });
  if (ended) throw new HeduiError('AUTHORISATION_ENDED');
}
