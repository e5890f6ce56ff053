/** I4: the audit chain of each service verifies without a gap, and tells of everything that was done. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import pg from 'pg';
import type { Judgement } from './judgement.js';

interface EntryRow {
  seq: string;
  action: string;
  actor: string;
  object_kind: string;
  object_id: string;
  hash: Buffer;
  body: string;
}

interface Body {
  at: string;
  entry: { action: string; actor: { subject: string }; object: { kind: string; id: string } };
  previous: string;
  seq: number;
}

interface Statement {
  head: string;
  key: string;
  previous: number;
  root: string;
  size: number;
}

const sha256 = (...pieces: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
};
const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** Keys sorted, no white space: the one text of a value without fractions (RFC 8785). */
function oneText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneText).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${oneText(member)}`).join(',')}}`;
}

/** The root of RFC 6962 over leaves `from` to before `to`. */
function rootOf(leaves: readonly Buffer[], from: number, to: number): Buffer {
  const count = to - from;
  if (count === 1) return leaves[from] ?? Buffer.alloc(0);
  let split = 1;
  while (split * 2 < count) split *= 2;
  return sha256(NODE, rootOf(leaves, from, from + split), rootOf(leaves, from + split, to));
}

/** Verifies the chain of one database; returns what it tells as `action object`, with how often. */
export async function judgeAudit(judgement: Judgement, service: string, url: string): Promise<Map<string, number>> {
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  const told = new Map<string, number>();
  try {
    // One picture of entries, head and checkpoints: the service goes on writing.
    await db.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows: heads } = await db.query<{ seq: string; hash: Buffer }>('SELECT seq, hash FROM audit_head');
    const { rows: entries } = await db.query<EntryRow>(
      'SELECT seq, action, actor, object_kind, object_id, hash, body FROM audit_entry ORDER BY seq',
    );
    const { rows: checkpoints } = await db.query<{ size: string; statement: string; signature: Buffer }>(
      'SELECT size, statement, signature FROM audit_checkpoint ORDER BY size',
    );
    const { rows: keys } = await db.query<{ id: string; public_key: Buffer }>('SELECT id, public_key FROM audit_key');
    const wrong = (kind: string, where: string) => judgement.breach('I4', `${service}: ${kind}`, where);

    let previous: Buffer = Buffer.alloc(32);
    let at = '';
    const leaves: Buffer[] = [];
    for (const [i, row] of entries.entries()) {
      if (i % 200 === 199) await new Promise((resolve) => setImmediate(resolve));
      if (row.seq !== String(i + 1)) {
        wrong('a gap in the audit log', `${row.seq} at place ${i + 1}`);
        break;
      }
      const hash = sha256(LEAF, Buffer.from(row.body));
      const body = JSON.parse(row.body) as Body;
      if (!hash.equals(row.hash)) wrong('an audit entry is not what was hashed', row.seq);
      if (body.previous !== previous.toString('hex')) wrong('an audit entry does not follow the one before', row.seq);
      if (body.seq !== i + 1 || oneText(body) !== row.body) wrong('an audit entry in another form', row.seq);
      if (body.at < at) wrong('an audit entry goes back in time', row.seq);
      const { action, actor, object } = body.entry;
      if (
        action !== row.action ||
        actor.subject !== row.actor ||
        object.kind !== row.object_kind ||
        object.id !== row.object_id
      )
        wrong('columns of an audit entry say other things', row.seq);
      const key = `${action} ${object.id}`;
      told.set(key, (told.get(key) ?? 0) + 1);
      leaves.push(hash);
      previous = hash;
      at = body.at;
    }
    const head = heads[0];
    if (!head || head.seq !== String(entries.length) || !head.hash.equals(previous))
      wrong('the head of the audit log is not its last entry', `${head?.seq} of ${entries.length}`);

    const known = new Map(keys.map((key) => [key.id, key.public_key]));
    let before = 0;
    for (const { size, statement, signature } of checkpoints) {
      const said = JSON.parse(statement) as Statement;
      const count = Number(size);
      if (said.size !== count || count > leaves.length) {
        wrong('a checkpoint over more than there is', size);
        continue;
      }
      if (said.previous !== before) wrong('a checkpoint does not follow the one before', size);
      before = count;
      if (said.head !== leaves[count - 1]?.toString('hex')) wrong('a checkpoint of another entry', size);
      if (said.root !== rootOf(leaves, 0, count).toString('hex')) wrong('a checkpoint of another tree', size);
      const x = known.get(said.key);
      const signed = Buffer.from(`hedui audit checkpoint 1\n${oneText(said)}`);
      const good =
        x !== undefined &&
        sha256(x).toString('hex') === said.key &&
        verify(
          null,
          signed,
          createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') } }),
          signature,
        );
      if (!good) wrong('a checkpoint that its key did not sign', size);
    }
  } finally {
    await db.end();
  }
  return told;
}

/** Each batch and each reported chunk of the run stands in the log of verification, a chunk exactly once. */
export async function judgeTold(
  judgement: Judgement,
  url: string,
  told: ReadonlyMap<string, number>,
  batchIds: readonly string[],
): Promise<void> {
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  try {
    const { rows } = await db.query<{ id: string }>(
      `SELECT c.id FROM chunk c JOIN chunk_report r ON r.chunk_no = c.no WHERE c.batch_id = ANY($1)`,
      [batchIds],
    );
    for (const { id } of rows) {
      const times = told.get(`chunk.report ${id}`) ?? 0;
      if (times !== 1) judgement.breach('I4', 'a chunk that is not told of exactly once', `${id}: ${times}`);
    }
    for (const id of batchIds)
      if (!told.has(`batch.submit ${id}`)) judgement.breach('I4', 'a batch that nobody is told to have submitted', id);
  } finally {
    await db.end();
  }
}
