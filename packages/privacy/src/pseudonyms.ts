import { hkdfSync } from 'node:crypto';
import type { BenefitKey, IdType, NameKey, PersonKey } from '@hedui/contracts';
import { normaliseName } from '@hedui/identity-numbers';
import { createGrants, type Grants } from './grants.js';
import type { KeyFile } from './keys.js';
import { createTextSealer } from './sealed-text.js';
import { createShortHmac } from './short-hmac.js';

/**
 * Makes the pseudonyms of the blind zone: the first 16 bytes of HMAC-SHA-256 under keys derived (HKDF-SHA-256, one
 * for each purpose) from the current version of the pseudonym key. Equal persons give equal keys in every service
 * that holds the file; without it nobody can tell who a key is, nor test a guess.
 */
export interface Pseudonyms {
  /** Version of the key that made them. */
  readonly version: string;
  /** Document type and normalised number (identity-numbers, `readIdentity`). */
  person(document: { type: IdType; number: string }): PersonKey;
  /** Any spelling of a name: it is normalised here. */
  name(name: string): NameKey;
  /** A benefit number, trimmed and NFKC-normalised as every cell is. */
  benefit(benefitNo: string): BenefitKey;
  /** A text that would name somebody, as it crosses the blind zone (contracts, sealed-text.ts). */
  sealText(text: string): string;
  /** Opens it under whichever version of the key sealed it; throws SealError when that one is gone. */
  openText(sealed: string): string;
  /** Grants to read the evidence behind a finding, from the service that judges to the source that holds it. */
  readonly evidenceGrants: Grants;
  /** What another thread needs to make those of households. */
  householdKeys(): HouseholdKeys;
  /** A key (32 bytes) for something else that no thief of a database shall be able to test, as digests of requests; one for each purpose. */
  keyFor(purpose: string): Buffer;
}

/** The derived keys of one version under which households are sent: enough for these pseudonyms, and for nothing else. Plain data. */
export interface HouseholdKeys {
  readonly person: Uint8Array;
  readonly name: Uint8Array;
  readonly benefit: Uint8Array;
}

/** The pseudonyms of households. */
export type HouseholdPseudonyms = Pick<Pseudonyms, 'person' | 'name' | 'benefit'>;

export function createHouseholdPseudonyms(keys: HouseholdKeys): HouseholdPseudonyms {
  const personMac = createShortHmac(keys.person);
  const nameMac = createShortHmac(keys.name);
  const benefitMac = createShortHmac(keys.benefit);
  return {
    person: (document) => personMac(`${document.type}\0${document.number}`) as PersonKey,
    name: (name) => nameMac(normaliseName(name)) as NameKey,
    benefit: (benefitNo) => benefitMac(benefitNo) as BenefitKey,
  };
}

export function createPseudonyms(file: KeyFile): Pseudonyms {
  const master = file.keys.get(file.current);
  if (!master) throw new RangeError('the current pseudonym key is missing');
  const under = (purpose: string) => Buffer.from(hkdfSync('sha256', master, 'hedui-pseudonym', purpose, 32));
  const keys: HouseholdKeys = { person: under('person'), name: under('name'), benefit: under('benefit') };
  const texts = createTextSealer(file.keys, file.current, 'text');
  return {
    version: file.current,
    ...createHouseholdPseudonyms(keys),
    householdKeys: () => keys,
    sealText: texts.seal,
    openText: texts.open,
    evidenceGrants: createGrants(file, 'evidence'),
    keyFor: (purpose) => Buffer.from(hkdfSync('sha256', master, 'hedui-purpose', purpose, 32)),
  };
}
