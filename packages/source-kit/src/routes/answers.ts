import { formatDay, type Load, PROBLEMS, type ProblemCode, type SourceStatus } from '@hedui/contracts';
import type { LoadRow } from '../db/loads.js';
import type { TypeStatus } from '../db/status.js';
import type { SourceDefinition } from '../definition.js';

const isProblem = (code: string): code is ProblemCode => code in PROBLEMS;

function refusalOf(code: string): { code: string; rule: string } {
  const rule = isProblem(code) ? `${PROBLEMS[code].zh} / ${PROBLEMS[code].en}` : code;
  return { code, rule };
}

/** A load as the REST API shows it. */
export function loadAnswer(source: string, load: LoadRow): Load {
  const { read, applied, unchanged, withdrawn, rejected, superseded } = load;
  return {
    id: load.id,
    source,
    recordType: load.recordType,
    scope: load.scope,
    asOf: formatDay(load.asOf),
    mode: load.mode,
    state: load.state,
    counts: { read, applied, unchanged, withdrawn, rejected, superseded },
    warnings: load.warnings,
    waitingFor: load.waiting && !load.confirmed ? 'confirmWithdrawals' : null,
    refusal: load.refusal === null ? null : refusalOf(load.refusal),
    receivedAt: load.receivedAt.toISOString(),
    storedAt: load.storedAt?.toISOString() ?? null,
    appliedAt: load.appliedAt?.toISOString() ?? null,
    correlationId: load.correlationId,
  };
}

/** A source's own entry of the list of sources. */
export function statusAnswer(definition: SourceDefinition, types: readonly TypeStatus[]): SourceStatus {
  return {
    source: definition.source,
    title: { ...definition.title },
    recordTypes: definition.recordTypes.map(({ type }) => {
      const held = types.find((t) => t.recordType === type);
      return {
        recordType: type,
        records: held?.records ?? 0,
        queued: held?.queued ?? 0,
        loads: (held?.loads ?? []).map((load) => ({
          ...load,
          asOf: formatDay(load.asOf),
          storedAt: load.storedAt?.toISOString() ?? null,
        })),
      };
    }),
    available: true,
  };
}
