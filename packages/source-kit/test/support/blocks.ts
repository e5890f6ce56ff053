import type { CorrelationId, Load, LoadId, LoadMode } from '@hedui/contracts';
import { parseDay } from '@hedui/contracts';
import { eventually } from '@hedui/testing';
import { socialInsurance } from './definitions.js';
import type { SourceUnderTest } from './source.js';

/** Pieces in which a file comes: small ones, so that its blocks can be told apart from the second piece on. */
const PIECE = 200;

async function* inPieces(file: string): AsyncGenerator<Uint8Array> {
  // With a BOM the encoding is known from the start.
  const bytes = Buffer.from(`\uFEFF${file}`);
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

export interface BlockLoad {
  scope?: string;
  mode?: LoadMode;
  /** The body breaks off here, in characters. */
  breaksAt?: number;
  confirmWithdrawals?: boolean;
}

/** Sends a file of pensions in small pieces; resolves when it has its place. */
export function receive(source: SourceUnderTest, file: string, options: BlockLoad = {}): Promise<LoadId> {
  const [type] = socialInsurance.recordTypes;
  const asOf = parseDay('2026-10-01');
  if (!type || asOf === null) throw new Error('the definition has a record type');
  async function* body() {
    yield* inPieces(file.slice(0, options.breaksAt));
    if (options.breaksAt !== undefined) throw new Error('the line went dead');
  }
  const { scope = '520100', mode = 'full', confirmWithdrawals = false } = options;
  return source.engine.receive({
    type,
    request: { scope, asOf, mode, allowOlder: false, confirmWithdrawals },
    format: 'csv',
    body: body(),
    correlationId: '00000000-0000-7000-8000-000000000000' as CorrelationId,
  });
}

/** Sends a file in small pieces and waits until it has taken effect or waits. */
export async function loadInPieces(source: SourceUnderTest, file: string, options?: BlockLoad): Promise<Load> {
  const id = await receive(source, file, options);
  return await settled(source, id);
}

export function settled(source: SourceUnderTest, id: string): Promise<Load> {
  return eventually(async () => {
    const now = await source.getLoad(id);
    return now.state !== 'received' || now.waitingFor ? now : null;
  });
}

/** How many rows of a load lay in blocks that were recognised. */
export async function recognised(source: SourceUnderTest, id: string): Promise<number> {
  const { rows } = await source.pool.query<{ n: number }>('SELECT rows_recognised::int AS n FROM load WHERE id = $1', [
    id,
  ]);
  return rows[0]?.n ?? 0;
}

/** While `work` runs no load takes effect. */
export async function whileNothingApplies<T>(source: SourceUnderTest, work: () => Promise<T>): Promise<T> {
  const client = await source.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT FROM record_type FOR NO KEY UPDATE');
    return await work();
  } finally {
    await client.query('COMMIT');
    client.release();
    source.engine.wake();
  }
}
