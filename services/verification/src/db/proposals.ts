import { type Day, formatDay, type PROPOSAL_STATES, parseDay } from '@hedui/contracts';
import type { Client, Queryable } from '@hedui/postgres';

/** A version that waits, or waited, for a second policy maker. */
export interface StoredProposal {
  id: string;
  version: number;
  digest: string;
  /** The document as JSON with sorted keys. */
  canonical: string;
  effectiveFrom: Day;
  state: (typeof PROPOSAL_STATES)[number];
  proposedBy: string;
  proposedAt: Date;
  decidedBy: string | null;
  decidedAt: Date | null;
}

interface ProposalRow {
  id: string;
  version: number;
  digest: string;
  canonical: string;
  effective_from: string;
  state: StoredProposal['state'];
  proposed_by: string;
  proposed_at: Date;
  decided_by: string | null;
  decided_at: Date | null;
}

const COLUMNS = `id, version, digest, canonical, effective_from::text, state, proposed_by, proposed_at, decided_by, decided_at`;

function stored(row: ProposalRow): StoredProposal {
  const effectiveFrom = parseDay(row.effective_from);
  if (effectiveFrom === null) throw new TypeError('a stored date cannot be read');
  const { id, version, digest, canonical, state } = row;
  return {
    id,
    version,
    digest,
    canonical,
    effectiveFrom,
    state,
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
  };
}

/** Stores a proposal; null when one of the same version waits already. */
export async function insertProposal(
  db: Queryable,
  proposal: Pick<StoredProposal, 'id' | 'version' | 'digest' | 'canonical' | 'effectiveFrom' | 'proposedBy'>,
): Promise<StoredProposal | null> {
  const { rows } = await db.query<ProposalRow>(
    `INSERT INTO policy_proposal (id, version, digest, canonical, effective_from, proposed_by) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (id, version) WHERE state = 'proposed' DO NOTHING RETURNING ${COLUMNS}`,
    [
      proposal.id,
      proposal.version,
      proposal.digest,
      proposal.canonical,
      formatDay(proposal.effectiveFrom),
      proposal.proposedBy,
    ],
  );
  return rows[0] ? stored(rows[0]) : null;
}

/** The newest proposal of a version, locked until the transaction ends. */
export async function lockProposal(client: Client, id: string, version: number): Promise<StoredProposal | null> {
  const { rows } = await client.query<ProposalRow>(
    `SELECT ${COLUMNS} FROM policy_proposal WHERE id = $1 AND version = $2 ORDER BY no DESC LIMIT 1 FOR UPDATE`,
    [id, version],
  );
  return rows[0] ? stored(rows[0]) : null;
}

/** The newest proposal of a version. */
export async function findProposal(db: Queryable, id: string, version: number): Promise<StoredProposal | null> {
  const { rows } = await db.query<ProposalRow>(
    `SELECT ${COLUMNS} FROM policy_proposal WHERE id = $1 AND version = $2 ORDER BY no DESC LIMIT 1`,
    [id, version],
  );
  return rows[0] ? stored(rows[0]) : null;
}

/** What nobody has decided on, oldest first. */
export async function openProposals(db: Queryable): Promise<StoredProposal[]> {
  const { rows } = await db.query<ProposalRow>(
    `SELECT ${COLUMNS} FROM policy_proposal WHERE state = 'proposed' ORDER BY no LIMIT 1000`,
  );
  return rows.map(stored);
}

/** Ends the waiting of a proposal; null when none of this version waits. */
export async function decideProposal(
  db: Queryable,
  id: string,
  version: number,
  decision: { state: 'approved' | 'withdrawn'; by: string },
): Promise<StoredProposal | null> {
  const { rows } = await db.query<ProposalRow>(
    `UPDATE policy_proposal SET state = $3, decided_by = $4, decided_at = now()
     WHERE id = $1 AND version = $2 AND state = 'proposed' RETURNING ${COLUMNS}`,
    [id, version, decision.state, decision.by],
  );
  return rows[0] ? stored(rows[0]) : null;
}
