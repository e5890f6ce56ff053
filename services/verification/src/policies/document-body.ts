import type { Readable } from 'node:stream';
import { HeduiError } from '@hedui/errors';
import { mediaType } from '@hedui/http';
import { type ParsedPolicy, parsePolicy } from '@hedui/means-test';

const MAX_BYTES = 1024 * 1024;

/** A body as it came, and the type that its caller gave it: JSON by name, everything else YAML. */
export interface PolicyBody {
  body: Readable;
  contentType: string;
}
export type ValidPolicy = Extract<ParsedPolicy, { ok: true }>;

/**
 * Reads and checks a policy document. Throws HeduiError BODY_TOO_LARGE, FILE_EMPTY, ENCODING_INVALID, POLICY_INVALID with line and key
 * of each error.
 */
export async function readPolicy({ body, contentType }: PolicyBody): Promise<ValidPolicy> {
  const format = mediaType(contentType) === 'application/json' ? 'json' : 'yaml';
  const parsed = parsePolicy(await readText(body), format);
  if (!parsed.ok) throw new HeduiError('POLICY_INVALID', { errors: parsed.errors });
  return parsed;
}

async function readText(body: Readable): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    if (bytes > MAX_BYTES) throw new HeduiError('BODY_TOO_LARGE', { detail: 'a policy document has at most 1 MiB' });
    pieces.push(piece);
  }
  if (bytes === 0) throw new HeduiError('FILE_EMPTY');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces));
  } catch (cause) {
    throw new HeduiError('ENCODING_INVALID', { cause });
  }
}
