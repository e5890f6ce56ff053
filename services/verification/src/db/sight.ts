import type { Queryable } from '@hedui/postgres';

/** How the running batches and the single checks get on. Counts as text, as the database gives them; seconds may be null: there is none. */
export interface Progress {
  running: string;
  accepted: string;
  reported: string;
  quiet: string | null;
  ready: string;
  sent: string;
  checks: string;
  check_seconds: string | null;
}

/** Read when somebody looks at the metrics. A batch is quiet since its last report, or since it was received. */
export async function readProgress(db: Queryable): Promise<Progress> {
  const { rows } = await db.query<Progress>(
    `WITH running AS (
       SELECT b.accepted, b.reports, b.withdrawn, extract(epoch FROM now() - greatest(b.created_at, b.alive_at, newest.at)) AS quiet
       FROM batch b LEFT JOIN LATERAL (
         SELECT max(r.stored_at) AS at FROM chunk c JOIN chunk_report r ON r.chunk_no = c.no
         WHERE c.batch_id = b.id AND c.state = 'reported'
       ) AS newest ON true WHERE b.state = 'running'
     ), open AS (
       SELECT c.state, c.batch_id IS NULL AS single, c.created_at FROM chunk c WHERE c.state IN ('ready', 'sent')
     )
     SELECT (SELECT count(*) FROM running) AS running,
       (SELECT coalesce(sum(accepted), 0) FROM running) AS accepted,
       (SELECT coalesce(sum(reports), 0) FROM running) AS reported,
       (SELECT max(quiet) FROM running) AS quiet,
       (SELECT count(*) FROM open WHERE NOT single AND state = 'ready') AS ready,
       (SELECT count(*) FROM open WHERE NOT single AND state = 'sent') AS sent,
       (SELECT count(*) FROM open WHERE single) AS checks,
       (SELECT extract(epoch FROM now() - min(created_at)) FROM open WHERE single) AS check_seconds`,
  );
  const [progress] = rows;
  if (!progress) throw new Error('no progress could be read');
  return progress;
}
