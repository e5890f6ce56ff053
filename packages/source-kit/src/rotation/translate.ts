import { pack, unpack } from '@hedui/contracts';
import type { Queryable } from '@hedui/postgres';
import { type Pseudonyms, SealError, type Sealer } from '@hedui/privacy';
import type { PendingSlice } from '../db/pending.js';
import { evidenceColumns, type RecordTypeDefinition } from '../definition.js';
import { openEvidenceRows, openName } from '../intake/evidence.js';
import { keptFields } from '../intake/record-ids.js';
import { addPseudonyms, evidenceChunk, findPseudonyms, namesOf, recordsOf, type SealedName } from './db.js';

/** What translating needs: `pseudonyms` of the version to translate to. */
export interface TranslateParts {
  sealer: Sealer;
  pseudonyms: Pseudonyms;
}

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const hex = (key: Buffer) => key.toString('hex');

/** The keys of sealed names under another version: of each the person's and the name's. */
export function translateNames(
  { sealer, pseudonyms }: TranslateParts,
  names: readonly SealedName[],
): (readonly [own: Buffer, sent: Buffer])[] {
  return names.flatMap(({ personKey, nameKey, sealed }) => {
    const { idType, idNumber, name } = openName(sealer, personKey, nameKey, sealed);
    // Kept as it was read from a checked row: a document type and its normalised number.
    const person = pseudonyms.person({ type: idType as Parameters<Pseudonyms['person']>[0]['type'], number: idNumber });
    return [
      [personKey, bytes(person)],
      [nameKey, bytes(pseudonyms.name(name))],
    ] as const;
  });
}

/** Where benefit keys stand among the kept fields of a record, and their column among the evidence. */
function benefitPlaces(type: RecordTypeDefinition): { field: number; cell: number }[] {
  const columns = evidenceColumns(type);
  return keptFields(type).flatMap((field, at) =>
    field.as === 'benefitKey' ? [{ field: at, cell: columns.indexOf(field.column) }] : [],
  );
}

/**
 * Slices under another version of the pseudonym key. What was never translated is worked out from what stands sealed here, and kept.
 * Somebody who was erased, and a benefit whose row was, gets a key that nobody else has: nobody asks for them.
 */
export async function translateSlices(
  db: Queryable,
  parts: TranslateParts,
  type: RecordTypeDefinition,
  typeId: number,
  slices: readonly PendingSlice[],
): Promise<PendingSlice[]> {
  const { pseudonyms } = parts;
  const { version } = pseudonyms;
  const places = benefitPlaces(type);
  const persons = new Map<string, Buffer>();
  const nameOwners = new Map<string, { name: Buffer; person: Buffer }>();
  const benefits = new Map<string, { benefit: Buffer; person: Buffer }>();
  for (const { personKey, entries } of slices) {
    persons.set(hex(personKey), personKey);
    for (const { nameKey, otherPersonKey, blind } of entries) {
      nameOwners.set(hex(nameKey), { name: nameKey, person: personKey });
      if (otherPersonKey) persons.set(hex(otherPersonKey), otherPersonKey);
      for (const benefit of benefitsIn(blind, places)) benefits.set(hex(benefit), { benefit, person: personKey });
    }
  }
  const wanted = [
    ...persons.values(),
    ...[...nameOwners.values()].map(({ name }) => name),
    ...[...benefits.values()].map(({ benefit }) => benefit),
  ];
  const known = await findPseudonyms(db, version, wanted);
  const unknown = (key: string) => !known.has(key);
  const learn = async (pairs: readonly (readonly [Buffer, Buffer])[]) => {
    await addPseudonyms(db, version, pairs);
    for (const [own, sent] of pairs) known.set(hex(own), sent);
  };
  const missing = new Map<string, Buffer>();
  for (const [key, person] of persons) if (unknown(key)) missing.set(key, person);
  for (const [key, { person }] of nameOwners) if (unknown(key)) missing.set(hex(person), person);
  if (missing.size > 0) await learn(translateNames(parts, await namesOf(db, [...missing.values()])));
  const benefitsMissing = [...benefits].filter(([key]) => unknown(key)).map(([, { person }]) => person);
  if (benefitsMissing.length > 0) {
    await learn(await translateBenefits(db, parts, typeId, places, benefitsMissing));
  }
  const of = (key: Buffer): Buffer => known.get(hex(key)) ?? bytes(pseudonyms.benefit(`erased:${hex(key)}`));
  return slices.map((slice) => ({
    personKey: of(slice.personKey),
    counter: slice.counter,
    entries: slice.entries.map(({ nameKey, otherPersonKey, blind }) => ({
      nameKey: of(nameKey),
      otherPersonKey: otherPersonKey && of(otherPersonKey),
      blind: places.length === 0 ? blind : withBenefits(blind, places, of),
    })),
  }));
}

function keptOf(blind: Buffer): unknown[] {
  const kept = unpack(blind);
  if (!Array.isArray(kept)) throw new TypeError('a record does not hold its fields');
  return kept as unknown[];
}

function benefitsIn(blind: Buffer, places: readonly { field: number }[]): Buffer[] {
  if (places.length === 0) return [];
  const kept = keptOf(blind);
  return places.flatMap(({ field }) => {
    const key = kept[field];
    return key instanceof Uint8Array ? [Buffer.from(key)] : [];
  });
}

function withBenefits(blind: Buffer, places: readonly { field: number }[], of: (key: Buffer) => Buffer): Buffer {
  const kept = [...keptOf(blind)];
  for (const { field } of places) {
    const key = kept[field];
    if (key instanceof Uint8Array) kept[field] = of(Buffer.from(key));
  }
  return pack(kept);
}

/** Benefit numbers stand in the evidence of the rows: each chunk of it is opened once. */
async function translateBenefits(
  db: Queryable,
  { sealer, pseudonyms }: TranslateParts,
  typeId: number,
  places: readonly { field: number; cell: number }[],
  persons: readonly Buffer[],
): Promise<(readonly [Buffer, Buffer])[]> {
  const pairs: (readonly [Buffer, Buffer])[] = [];
  let rows: unknown[] = [];
  let opened = -1;
  for (const { blind, chunk, at } of await recordsOf(db, typeId, persons)) {
    if (opened !== chunk) rows = rowsOf(sealer, chunk, await evidenceChunk(db, chunk));
    opened = chunk;
    const row = rows[at];
    const cells: unknown = row instanceof Uint8Array ? unpack(row) : null;
    if (!Array.isArray(cells)) continue;
    const kept = keptOf(blind);
    for (const { field, cell } of places) {
      const key = kept[field];
      const benefitNo: unknown = cells[cell];
      if (key instanceof Uint8Array && typeof benefitNo === 'string') {
        pairs.push([Buffer.from(key), bytes(pseudonyms.benefit(benefitNo))]);
      }
    }
  }
  return pairs;
}

/** The rows of a chunk; none when it was erased. */
function rowsOf(sealer: Sealer, chunk: number, sealed: Buffer | null): unknown[] {
  if (sealed === null) return [];
  try {
    return openEvidenceRows(sealer, chunk, sealed);
  } catch (error) {
    if (error instanceof SealError) return [];
    throw error;
  }
}
