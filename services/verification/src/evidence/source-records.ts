import {
  type CorrelationId,
  INTERNAL_ROUTES,
  PROBLEMS,
  type ProblemCode,
  type SourceRecord,
  sourceRecordSchema,
} from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { type Client, createClient } from '@hedui/http';

/** Where records are read: each source at its address. */
export interface SourceRecords {
  /** Throws HeduiError NOT_FOUND, FORBIDDEN, UPSTREAM_UNAVAILABLE. */
  read(
    source: string,
    call: { grant: string; authorization: string; correlationId: CorrelationId },
  ): Promise<SourceRecord>;
}

const PATIENCE_MS = 10_000;
/** What a source may say to our caller; anything else is a fault between the services. */
const PASSED_ON: ReadonlySet<string> = new Set<ProblemCode>(['NOT_FOUND', 'TOKEN_INVALID', 'STORAGE_UNAVAILABLE']);

/** Asks the sources themselves. They trust the caller's token and our grant, not the network. */
export function sourceRecordsAt(addresses: ReadonlyMap<string, string>, ask: Client = createClient()): SourceRecords {
  return {
    async read(source, { grant, authorization, correlationId }) {
      const address = addresses.get(source);
      if (address === undefined)
        throw new HeduiError('UPSTREAM_UNAVAILABLE', { detail: 'the address of the source is not set' });
      const { path, method } = INTERNAL_ROUTES.readSourceRecord;
      const answer = await ask(new URL(path, address), {
        method,
        headers: { authorization, 'hedui-grant': grant, 'x-correlation-id': correlationId },
        signal: AbortSignal.timeout(PATIENCE_MS),
      }).catch((cause: unknown) => {
        throw new HeduiError('UPSTREAM_UNAVAILABLE', { retriable: true, cause });
      });
      const body: unknown = await answer.json().catch(() => null);
      if (answer.ok) return sourceRecordSchema.parse(body);
      const code = body !== null && typeof body === 'object' && 'code' in body ? body.code : null;
      if (typeof code === 'string' && code in PROBLEMS && PASSED_ON.has(code))
        throw new HeduiError(code as ProblemCode);
      throw new HeduiError('UPSTREAM_UNAVAILABLE', { retriable: true });
    },
  };
}
