import { randomBytes } from 'node:crypto';
import type { CorrelationId } from '@hedui/contracts';
import { callerSpan } from '@hedui/telemetry';

const correlationForm = /^[A-Za-z0-9-]{16,64}$/;
/** A resident's number of 18 or 15 digits: what comes from outside goes into logs and events, and that must not. */
const residentNumber = /[1-9]\d{5}(?:18|19|20)?\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}/;

/**
 * The caller's correlation id when it looks like a UUID or ULID and holds no number of a person, else the trace of its W3C `traceparent`, so that our spans join it, else a new UUID
 * of version 7.
 */
export function correlationIdOf(
  header: string | string[] | undefined,
  traceparent?: string | string[] | undefined,
): CorrelationId {
  const given =
    typeof header === 'string' && correlationForm.test(header) && !residentNumber.test(header)
      ? header
      : callerSpan(traceparent)?.traceId;
  return (given ?? newId()) as CorrelationId;
}

/** A UUID of version 7 (RFC 9562): ids of one process sort by the millisecond in which they were made. */
export function newId(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Seconds of `Prefer: wait=n` (RFC 7240); null when the caller does not say. */
export function preferredWait(header: string | string[] | undefined): number | null {
  const found = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:$|[,;])/i.exec([header].flat().join(','));
  return found ? Number(found[1]) : null;
}

/** `text/csv` of `Text/CSV; charset=gb18030`; empty when there is none. */
export function mediaType(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

interface Range {
  type: string;
  weight: number;
}

function ranges(accept: string): Range[] {
  return accept
    .split(',')
    .map((part) => {
      const q = /;\s*q\s*=\s*([\d.]+)/i.exec(part);
      return { type: mediaType(part), weight: q ? Number(q[1]) : 1 };
    })
    .filter((range) => range.type !== '');
}

/**
 * Whether an answer of `type` is what the caller asks for. JSON is what a caller gets who says nothing or takes
 * anything; another type must be named, and not be less wanted than JSON (equal weights: the first named).
 */
export function accepts(accept: string | undefined, type: string): boolean {
  const wanted = ranges(accept ?? '');
  if (wanted.length === 0) return type === 'application/json';
  const family = `${type.split('/', 1)[0]}/*`;
  const named = wanted.findIndex((range) => range.type === type || range.type === family);
  if (type === 'application/json') {
    const range = named >= 0 ? wanted[named] : wanted.find(({ type: any }) => any === '*/*');
    return range !== undefined && range.weight > 0;
  }
  const json = wanted.findIndex((range) => range.type === 'application/json');
  const weight = wanted[named]?.weight ?? 0;
  if (weight <= 0) return false;
  const jsonWeight = wanted[json]?.weight ?? 0;
  return weight > jsonWeight || (weight === jsonWeight && named < json);
}
