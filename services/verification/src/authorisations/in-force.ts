import { type AuthorisationEnding, type AuthorisationKind, type Day, type Purpose, SOURCES } from '@hedui/contracts';

/** What a registered paper allows. Days since 1970-01-01. */
export interface PaperTerms {
  kind: AuthorisationKind;
  purposes: readonly Purpose[];
  /** Null: every source. */
  sources: readonly string[] | null;
  /** From this day; for a green channel the day on which it was allowed. */
  signedOn: Day;
  /** Last day; null: while assisted. */
  until: Day | null;
  /** Green channel: last day for the signature. */
  dueOn: Day | null;
  /** Green channel: when the signature came. */
  signatureOn: Day | null;
}

/** What is to be looked up: on which day, what for, in which sources. */
export interface Look {
  on: Day;
  purpose: Purpose;
  sources: readonly string[];
}

/** A check is answered from what every source told, so its paper covers every source. */
export const CHECK_SOURCES: readonly string[] = SOURCES;

/**
 * Why a registered paper does not allow a look; null when it is in force for that day, purpose and sources. First and last day are
 * valid. A green channel holds from the day on which it was allowed to the day on which the signature was due, and on when it came.
 */
export function paperFault(paper: PaperTerms, look: Look): 'AUTHORISATION_MISSING' | 'AUTHORISATION_EXPIRED' | null {
  if (look.on < paper.signedOn) return 'AUTHORISATION_MISSING';
  if (!paper.purposes.includes(look.purpose)) return 'AUTHORISATION_MISSING';
  const { sources } = paper;
  if (sources !== null && !look.sources.every((source) => sources.includes(source))) return 'AUTHORISATION_MISSING';
  if (paper.until !== null && look.on > paper.until) return 'AUTHORISATION_EXPIRED';
  return owesSignature(paper, look.on) ? 'AUTHORISATION_EXPIRED' : null;
}

/** True when the signature of a green channel was due before `day` and had not come. */
export function owesSignature(paper: Pick<PaperTerms, 'kind' | 'dueOn' | 'signatureOn'>, day: Day): boolean {
  return paper.kind === 'green_channel' && paper.signatureOn === null && paper.dueOn !== null && day > paper.dueOn;
}

/** An ending of a paper; `programme` '' ends it for every programme. */
export interface PaperEnding {
  reason: AuthorisationEnding;
  programme: string;
}

/** True when an ending ends the paper for a check of this programme. */
export const endsFor = (ending: Pick<PaperEnding, 'programme'>, programme: string): boolean =>
  ending.programme === '' || ending.programme === programme;

/** How a paper stands on a day. */
export function stateOn(paper: PaperTerms, endings: readonly PaperEnding[], day: Day) {
  if (endings.some(({ programme }) => programme === '')) return 'ended';
  if (day < paper.signedOn) return 'not_yet';
  if ((paper.until !== null && day > paper.until) || owesSignature(paper, day)) return 'expired';
  return paper.kind === 'green_channel' && paper.signatureOn === null ? 'provisional' : 'in_force';
}
