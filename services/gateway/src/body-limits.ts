import { isStream, type RouteContract } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { type BodyWatch, mediaType, type Pace } from '@hedui/http';

export interface BodyLimits {
  /** Bytes of a JSON body, and of a policy. */
  json: number;
  /** Bytes of a file of rows. */
  file: number;
  /** How deep objects and lists may lie in each other, in a JSON body and in each line of NDJSON. */
  depth: number;
  pace: Pace;
}

export const DEFAULT_BODY_LIMITS: BodyLimits = {
  json: 1024 * 1024,
  file: 64 * 1024 ** 3,
  depth: 32,
  pace: { bytes: 256, ms: 60_000 },
};

const JSON_TYPES = /^application\/(?:[\w.+-]*\+)?(?:json|x-ndjson)$/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How deep the brackets of JSON text lie in each other, read byte by byte as it comes. Multi-byte characters hold no ASCII byte. */
export function createDepthGauge(): (chunk: Uint8Array) => number {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  let escaped = false;
  return (chunk) => {
    for (const byte of chunk) {
      if (inText) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inText = false;
      } else if (byte === QUOTE) inText = true;
      else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, ++depth);
      else if (byte === 0x7d || byte === 0x5d) depth = Math.max(0, depth - 1);
      // A new line of NDJSON begins outside of everything; within JSON text a raw line break cannot stand in a string either.
      if (byte === 0x0a) inText = false;
    }
    return deepest;
  };
}

/** Bytes that a body of this call may have. */
export function bytesOf(contract: RouteContract, limits: BodyLimits): number {
  const { body } = contract;
  const rows = body !== undefined && isStream(body) && body.stream.includes('text/csv');
  return rows ? limits.file : limits.json;
}

/** What is held against a body while it passes; a length that says too much is refused at once: throws BODY_TOO_LARGE. */
export function watchBody(
  most: number,
  headers: { 'content-length'?: string | undefined; 'content-type'?: string | undefined },
  limits: BodyLimits,
): BodyWatch {
  if (Number(headers['content-length'] ?? 0) > most) throw new HeduiError('BODY_TOO_LARGE');
  const gauge = JSON_TYPES.test(mediaType(headers['content-type'])) ? createDepthGauge() : null;
  let bytes = 0;
  return {
    pace: limits.pace,
    fault(chunk) {
      bytes += chunk.length;
      if (bytes > most) return new HeduiError('BODY_TOO_LARGE');
      if (gauge && gauge(chunk) > limits.depth) {
        return new HeduiError('BODY_INVALID', { detail: `JSON deeper than ${limits.depth} levels` });
      }
      return null;
    },
  };
}
