import {
  type CorrelationId,
  type Day,
  type LoadMarker,
  type LoadMode,
  loadMarkerSchema,
  PARTITIONS,
  RECORD_TYPES,
  recordTopic,
} from '@hedui/contracts';
import type { CoverageEntry } from '@hedui/means-test';
import { asInteger, type Client, type Queryable } from '@hedui/postgres';

/** A load, or a topic that is still being read up to where it ended at the start, whose slices are being applied. */
export interface LoadBeingApplied {
  /** Tells this load from others of its scope, so that nobody waits for it twice. */
  id: string;
  source: string;
  /** Region code; empty: everywhere. */
  scope: string;
  /** Whole state is replaced: a batch had better wait. */
  kind: 'delta' | 'full' | 'rebuild';
}

/** What chunks may rely on: the loads that count and those under way. */
export interface CoverageState {
  entries: CoverageEntry[];
  underWay: LoadBeingApplied[];
}

/** Serialises everything that decides about the coverage of one record type; held to the end of the transaction. */
export async function lockCoverage(client: Client, source: string, recordType: string): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`coverage:${source}:${recordType}`]);
}

/** Notes that a load's begin marker came through a partition. */
export async function noteBegin(client: Client, partition: number, marker: LoadMarker): Promise<void> {
  await client.query(
    `INSERT INTO load_progress AS p (source, record_type, scope, partition, begun_epoch, begun_seq, begun_mode)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (source, record_type, scope, partition) DO UPDATE
       SET begun_epoch = EXCLUDED.begun_epoch, begun_seq = EXCLUDED.begun_seq, begun_mode = EXCLUDED.begun_mode
       WHERE p.begun_seq IS NULL OR (p.begun_epoch, p.begun_seq) < (EXCLUDED.begun_epoch, EXCLUDED.begun_seq)`,
    [marker.source, marker.recordType, marker.scope, partition, marker.epoch, marker.seq, marker.mode],
  );
}

/** Notes that a load's complete marker came through a partition. */
export async function noteComplete(client: Client, partition: number, marker: LoadMarker): Promise<void> {
  await client.query(
    `INSERT INTO load_progress AS p (source, record_type, scope, partition,
       complete_epoch, complete_seq, load_id, mode, as_of_day, first_full_seq)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (source, record_type, scope, partition) DO UPDATE
       SET complete_epoch = EXCLUDED.complete_epoch, complete_seq = EXCLUDED.complete_seq, load_id = EXCLUDED.load_id,
           mode = EXCLUDED.mode, as_of_day = EXCLUDED.as_of_day, first_full_seq = EXCLUDED.first_full_seq
       WHERE p.complete_seq IS NULL OR (p.complete_epoch, p.complete_seq) < (EXCLUDED.complete_epoch, EXCLUDED.complete_seq)`,
    [
      marker.source,
      marker.recordType,
      marker.scope,
      partition,
      marker.epoch,
      marker.seq,
      marker.loadId,
      marker.mode,
      marker.asOf,
      marker.firstFullSeq,
    ],
  );
}

interface CoverageRow {
  source: string;
  record_type: string;
  scope: string;
  load_id: string;
  epoch: number;
  seq: string;
  mode: LoadMode;
  as_of_day: number;
  first_full_seq: string | null;
}

const columns = 'source, record_type, scope, load_id, epoch, seq, mode, as_of_day, first_full_seq';

function markerOf(row: CoverageRow): LoadMarker {
  return {
    loadId: row.load_id,
    source: row.source,
    recordType: row.record_type,
    scope: row.scope,
    asOf: row.as_of_day,
    mode: row.mode,
    seq: asInteger(row.seq),
    epoch: row.epoch,
    firstFullSeq: row.first_full_seq === null ? null : asInteger(row.first_full_seq),
  };
}

/**
 * Moves the coverage of a scope to the newest load whose complete marker has come through every partition; it moves
 * forward only. Partitions may be at different loads: the oldest of them is what all have. Returns that load when the
 * coverage moved, else null.
 */
export async function moveCoverage(
  client: Client,
  scope: Pick<LoadMarker, 'source' | 'recordType' | 'scope'>,
): Promise<LoadMarker | null> {
  const { rows } = await client.query<CoverageRow>(
    `INSERT INTO coverage AS c (${columns})
     SELECT source, record_type, scope, load_id, complete_epoch, complete_seq, mode, as_of_day, first_full_seq
     FROM (SELECT *, count(*) OVER () AS through FROM load_progress
           WHERE source = $1 AND record_type = $2 AND scope = $3 AND complete_seq IS NOT NULL) AS p
     WHERE through = $4 ORDER BY complete_epoch, complete_seq LIMIT 1
     ON CONFLICT (source, record_type, scope) DO UPDATE
       SET load_id = EXCLUDED.load_id, epoch = EXCLUDED.epoch, seq = EXCLUDED.seq, mode = EXCLUDED.mode,
           as_of_day = EXCLUDED.as_of_day, first_full_seq = EXCLUDED.first_full_seq
       WHERE (c.epoch, c.seq) < (EXCLUDED.epoch, EXCLUDED.seq)
     RETURNING ${columns}`,
    [scope.source, scope.recordType, scope.scope, PARTITIONS],
  );
  return rows[0] ? markerOf(rows[0]) : null;
}

/**
 * Notes that a load is applied and that this has to be told. One that came again under a higher epoch before it was told is
 * told under that: its source no longer listens to the lower one.
 */
export async function noteAnnouncement(
  client: Client,
  marker: LoadMarker,
  correlationId: CorrelationId,
): Promise<void> {
  await client.query(
    `INSERT INTO announcement (load_id, source, record_type, correlation_id, marker) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (load_id) DO UPDATE SET correlation_id = EXCLUDED.correlation_id, marker = EXCLUDED.marker`,
    [marker.loadId, marker.source, marker.recordType, correlationId, JSON.stringify(marker)],
  );
}

/** Takes the loads of a record type that are applied and not yet told. */
export async function takeAnnouncements(
  client: Client,
  source: string,
  recordType: string,
): Promise<{ marker: LoadMarker; correlationId: CorrelationId }[]> {
  const { rows } = await client.query<{ marker: unknown; correlation_id: string }>(
    'DELETE FROM announcement WHERE source = $1 AND record_type = $2 RETURNING marker, correlation_id',
    [source, recordType],
  );
  return rows
    .map((row) => ({
      marker: loadMarkerSchema.parse(row.marker),
      correlationId: row.correlation_id as CorrelationId,
    }))
    .sort((a, b) => a.marker.epoch - b.marker.epoch || a.marker.seq - b.marker.seq);
}

/** Tells readers that what they kept of the coverage is old. */
export async function bumpCoverageVersion(client: Queryable): Promise<void> {
  await client.query('UPDATE coverage_version SET version = version + 1');
}

/** The version alone: one cheap look whether anything moved. */
export async function coverageVersion(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ version: string }>('SELECT version FROM coverage_version');
  return rows[0]?.version ?? '';
}

/** Topics that have been read up to the end that they had when the group began: only their coverage counts. */
export async function topicsCaughtUp(db: Queryable, group: string): Promise<Set<string>> {
  const { rows } = await db.query<{ topic: string }>(
    `SELECT topic FROM log_position WHERE consumer_group = $1
     GROUP BY topic HAVING count(*) = $2 AND bool_and(next_offset >= catch_up_to)`,
    [group, PARTITIONS],
  );
  return new Set(rows.map((row) => row.topic));
}

/** Coverage and loads under way, of one snapshot when the client is in a REPEATABLE READ transaction. */
export async function readCoverage(db: Queryable, group: string): Promise<CoverageState> {
  const whole = await topicsCaughtUp(db, group);
  const { rows: covered } = await db.query<CoverageRow>(`SELECT ${columns} FROM coverage`);
  const { rows: begun } = await db.query<{
    source: string;
    record_type: string;
    scope: string;
    full: boolean;
    seq: string;
  }>(
    `SELECT source, record_type, scope, max(greatest(begun_seq, complete_seq)) AS seq,
       bool_or(begun AND begun_mode = 'full' OR completing AND mode = 'full') AS full
     FROM (SELECT p.source, p.record_type, p.scope, p.begun_mode, p.mode, p.begun_seq, p.complete_seq,
             coalesce((p.begun_epoch, p.begun_seq) > (coalesce(c.epoch, -1), coalesce(c.seq, -1)), false) AS begun,
             coalesce((p.complete_epoch, p.complete_seq) > (coalesce(c.epoch, -1), coalesce(c.seq, -1)), false) AS completing
           FROM load_progress p LEFT JOIN coverage c USING (source, record_type, scope)) AS ahead
     WHERE begun OR completing
     GROUP BY source, record_type, scope`,
  );
  const counts = (source: string, recordType: string) => whole.has(recordTopic(source, recordType).name);
  return {
    entries: covered
      .filter((row) => counts(row.source, row.record_type))
      .map(markerOf)
      .map((m) => ({ ...m, asOf: m.asOf as Day })),
    underWay: [
      ...RECORD_TYPES.filter(({ source, type }) => !counts(source, type)).map(
        ({ source, type }): LoadBeingApplied => ({ id: `${source}/${type}`, source, scope: '', kind: 'rebuild' }),
      ),
      ...begun
        .filter((row) => counts(row.source, row.record_type))
        .map((row): LoadBeingApplied => {
          const { source, scope } = row;
          return {
            id: `${source}/${row.record_type}/${scope}/${row.seq}`,
            source,
            scope,
            kind: row.full ? 'full' : 'delta',
          };
        }),
    ],
  };
}

/** Forgets how far one partition's markers are, and what they covered: its topic begins again. */
export async function forgetCoverage(
  client: Client,
  source: string,
  recordType: string,
  partition: number,
): Promise<void> {
  await client.query('DELETE FROM coverage WHERE source = $1 AND record_type = $2', [source, recordType]);
  await client.query('DELETE FROM load_progress WHERE source = $1 AND record_type = $2 AND partition = $3', [
    source,
    recordType,
    partition,
  ]);
}
