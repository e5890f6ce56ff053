import { PackWriter, pack, SCHEMA_VERSION, SEALED_TEXT } from '@hedui/contracts';
import type { PendingSlice, SliceEntry } from '../db/pending.js';
import { keptPlaces } from '../intake/record-ids.js';
import type { SendingContext } from './sending-context.js';

/**
 * The event of a slice, put together from what is packed already: the fields of a record lie in the database as the MessagePack array that
 * they are in the slice, but for the name before them and the other person behind. To unpack and pack them again costs several times as
 * much. The bytes are those that `encodeEvent` makes.
 */
export type PackSlice = (slice: PendingSlice, person: string) => Buffer | null;

/** An array shorter than this has its length in its first byte. */
const SHORT_ARRAY = 0x90;
const SHORTEST = 16;
const SEALED = Buffer.from(SEALED_TEXT);

const to = new PackWriter();

/** Null where it cannot be done so: a sealed text has to be opened, or the form is an unusual one. */
export function slicePacker(context: SendingContext): PackSlice {
  const { source, type, epoch } = context;
  const begin = Buffer.concat([SCHEMA_VERSION, 'record.slice'].map(pack));
  const middle = Buffer.concat([context.producedBy, context.now, context.correlationId].map(pack));
  const payload = Buffer.concat([source, type.type, epoch].map(pack));
  const width = type.blind.length + 1;
  const otherAt = type.blind.findIndex((field) => field.as === 'otherPerson');
  if (width >= SHORTEST || (otherAt >= 0 && otherAt !== type.blind.length - 1)) return () => null;
  const kept = otherAt >= 0 ? type.blind.length - 1 : type.blind.length;
  const mayBeSealed = keptPlaces(type).freeTexts.length > 0;

  return ({ entries, counter }, person) => {
    for (const { blind } of entries) {
      if (blind[0] !== (SHORT_ARRAY | kept) || (mayBeSealed && blind.includes(SEALED))) return null;
    }
    const names: Buffer[] = [];
    const indexes = namesOf(entries, names);
    to.backTo(0);
    to.array(7);
    to.packed(begin);
    to.text(`${source}.${type.type}.${epoch}.${counter}.${person}`);
    to.packed(middle);
    to.array(6);
    to.packed(payload);
    to.number(counter);
    to.binary(names.length === 1 && names[0] ? names[0] : Buffer.concat(names));
    to.array(entries.length);
    entries.forEach(({ blind, otherPersonKey }, i) => {
      to.array(width);
      to.number(indexes[i] as number);
      to.packed(blind.subarray(1));
      if (otherAt >= 0) to.plain(otherPersonKey);
    });
    return to.part(0, to.length);
  };
}

const packers = new WeakMap<SendingContext, PackSlice>();

/** The packer of a load's messages, made once. */
export function packerOf(context: SendingContext): PackSlice {
  const known = packers.get(context);
  if (known) return known;
  const made = slicePacker(context);
  packers.set(context, made);
  return made;
}

/** The index of each entry's name; fills `names` with those that there are, in the order of their first record. */
function namesOf(entries: readonly SliceEntry[], names: Buffer[]): number[] {
  let last = -1;
  return entries.map(({ nameKey }) => {
    if (last >= 0 && names[last]?.equals(nameKey)) return last;
    last = names.findIndex((name) => name.equals(nameKey));
    if (last < 0) last = names.push(nameKey) - 1;
    return last;
  });
}
