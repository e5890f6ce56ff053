import { KEY_BYTES, type PersonKey } from '@hedui/contracts';
import { BYTEA_ARRAY_HEAD, writeByteaArrayHead } from '@hedui/postgres';

/** A `bytea[]` of pseudonyms (see `byteaArray`), written in place. In no order: the index scan sorts them itself. */
export function keyArray(keys: ReadonlySet<PersonKey>): Buffer {
  const out = Buffer.allocUnsafe(BYTEA_ARRAY_HEAD + keys.size * (4 + KEY_BYTES));
  let at = writeByteaArrayHead(out, keys.size);
  for (const key of keys) {
    at = out.writeInt32BE(KEY_BYTES, at);
    at += out.write(key, at, 'hex');
  }
  return out.subarray(0, at);
}
