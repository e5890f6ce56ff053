import { type BenefitKey, KEY_BYTES, type NameKey, type PersonKey } from './brands.js';
import type { RequestHousehold, RequestPerson } from './chunk-households.js';
import type { Fen } from './money.js';
import { PackReader } from './packing/reader.js';
import type { PackWriter } from './packing/writer.js';
import type { Area, MaritalStatus, Relation, VerificationType } from './registry.js';

/** One household of a request chunk. */
export function writeRequested(to: PackWriter, h: RequestHousehold): void {
  to.array(7);
  to.number(h.index);
  to.text(h.programme);
  to.text(h.verificationType);
  to.text(h.region);
  to.text(h.area);
  if (h.ownBenefit === null) to.nil();
  else to.keys(h.ownBenefit);
  to.array(h.persons.length);
  for (const person of h.persons) writePerson(to, person);
}

function writePerson(to: PackWriter, p: RequestPerson): void {
  to.array(8);
  to.text(p.relation);
  to.keys(p.person, p.name);
  to.textOrNil(p.maritalStatus);
  to.array(p.declared.length);
  for (const amount of p.declared) to.number(amount);
  to.number(p.rigidExpenditure);
  to.number(p.householdSize);
  to.number(p.supportedPersons);
  to.numberOrNil(p.agreedSupport);
}

/** All households of a request chunk; throws MalformedEvent. */
export function readRequested(bytes: Buffer): RequestHousehold[] {
  const from = new PackReader(bytes);
  const households: RequestHousehold[] = [];
  for (let left = from.array(); left > 0; left--) households.push(readHousehold(from, bytes));
  from.finish();
  return households;
}

function readHousehold(from: PackReader, bytes: Buffer): RequestHousehold {
  from.arrayOf(7);
  const index = from.number();
  const programme = from.text();
  const verificationType = from.text() as VerificationType;
  const region = from.text();
  const area = from.text() as Area;
  const ownBenefit = from.nil() ? null : (hexOf(bytes, from.keys(1)) as BenefitKey);
  const persons: RequestPerson[] = [];
  for (let left = from.array(); left > 0; left--) persons.push(readPerson(from, bytes));
  return { index, programme, verificationType, region, area, ownBenefit, persons };
}

function readPerson(from: PackReader, bytes: Buffer): RequestPerson {
  from.arrayOf(8);
  const relation = from.text() as Relation;
  const keys = from.keys(2);
  const maritalStatus = from.textOrNull() as MaritalStatus | null;
  from.arrayOf(5);
  return {
    relation,
    person: hexOf(bytes, keys) as PersonKey,
    name: hexOf(bytes, keys + KEY_BYTES) as NameKey,
    maritalStatus,
    declared: [fen(from), fen(from), fen(from), fen(from), fen(from)],
    rigidExpenditure: fen(from),
    householdSize: from.number(),
    supportedPersons: from.number(),
    agreedSupport: from.numberOrNull() as Fen | null,
  };
}

const fen = (from: PackReader): Fen => from.number() as Fen;
const hexOf = (bytes: Buffer, at: number): string => bytes.toString('hex', at, at + KEY_BYTES);
