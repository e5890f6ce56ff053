import { HeduiError } from '@hedui/errors';
import { createLogger } from '@hedui/logging';
import { createPool, inTransaction, type Pool } from '@hedui/postgres';
import { type TestDatabase, testDatabase } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AUDIT_SQL,
  auditedRead,
  exportLog,
  leafHash,
  listEntries,
  makeCheckpoint,
  makeReceipt,
  merkleRoot,
  type NewAuditEntry,
  newAuditKey,
  recordAudit,
  recordAudits,
  recordLook,
} from '../src/index.js';
import { verifyExport, verifyReceipt } from '../src/proof/index.js';

const logger = createLogger('test', 'silent');
const signer = { log: 'verification', key: newAuditKey() };
let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await testDatabase('audit');
  pool = createPool({ url: database.url, name: 'test', max: 12, logger });
  await pool.query(AUDIT_SQL);
  await pool.query(AUDIT_SQL);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const entry = (id: string, over: Partial<NewAuditEntry> = {}): NewAuditEntry => ({
  action: 'report.read',
  actor: { subject: 'reviewer-1', roles: ['reviewer'], department: null },
  object: { kind: 'report', id },
  ...over,
});
async function exported(): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of exportLog(pool, signer)) pieces.push(Buffer.from(piece));
  return pieces;
}
const sizeNow = async () => (await verifyExport(await exported())).logs[0]?.size ?? -1;

describe('the log in its database', () => {
  it('numbers entries of many transactions at once without a gap or a fork', async () => {
    await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        inTransaction(pool, async (client) => {
          await recordAudit(client, entry(`R${i}`));
          if (i % 3 === 0) await recordAudits(client, [entry(`a${i}`), entry(`b${i}`), entry(`c${i}`)]);
        }),
      ),
    );
    const { logs, problems } = await verifyExport(await exported());
    expect(problems).toEqual([]);
    expect(logs).toMatchObject([{ log: 'verification', size: 120 }]);
    const all = await listEntries(pool, { after: 0, limit: 500, regionPrefixes: null });
    expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
  });

  it('keeps nothing of a transaction that was rolled back or whose connection died', async () => {
    const before = await sizeNow();
    const gone = inTransaction(pool, async (client) => {
      await recordAudit(client, entry('rolled-back'));
      throw new Error('afterwards');
    });
    await expect(gone).rejects.toThrow('afterwards');
    const killed = inTransaction(pool, async (client) => {
      await recordAudit(client, entry('killed'));
      await client.query('SELECT pg_terminate_backend(pg_backend_pid())');
    });
    await expect(killed).rejects.toThrow(HeduiError);
    await recordLook(pool, entry('after'));
    expect(await sizeNow()).toBe(before + 1);
    expect((await verifyExport(await exported())).problems).toEqual([]);
  });

  it('refuses every change', async () => {
    await makeCheckpoint(pool, signer);
    for (const sql of [
      "UPDATE audit_entry SET actor = 'x' WHERE seq = 1",
      'DELETE FROM audit_entry WHERE seq = 1',
      'TRUNCATE audit_entry',
      'UPDATE audit_checkpoint SET size = size + 1',
      'DELETE FROM audit_checkpoint',
      'TRUNCATE audit_checkpoint',
      'DELETE FROM audit_key',
      'TRUNCATE audit_tile',
      'UPDATE audit_head SET seq = 0',
      'DELETE FROM audit_head',
      'TRUNCATE audit_head',
    ]) {
      await expect(pool.query(sql)).rejects.toThrow('the audit log does not change');
    }
  });

  it('is told when somebody with the rights of the owner rewrote it', async () => {
    const before = await exported();
    await pool.query('ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_stays');
    await pool.query("UPDATE audit_entry SET body = replace(body, 'reviewer-1', 'reviewer-2') WHERE seq = 7");
    const { problems } = await verifyExport(await exported());
    expect(problems[0]).toMatchObject({ seq: 7, log: 'verification' });
    await pool.query("UPDATE audit_entry SET body = replace(body, 'reviewer-2', 'reviewer-1') WHERE seq = 7");
    await pool.query('ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_stays');
    const { logs } = await verifyExport(before);
    expect((await verifyExport(await exported(), { earlier: logs })).problems).toEqual([]);
  });

  it('makes checkpoints that continue one another, whoever asks', async () => {
    const made = await Promise.all(Array.from({ length: 4 }, () => makeCheckpoint(pool, signer)));
    expect(new Set(made.map((one) => one?.size)).size).toBe(1);
    for (let i = 0; i < 3; i++) {
      await inTransaction(pool, (client) =>
        recordAudits(
          client,
          Array.from({ length: 200 }, (_, k) => entry(`m${i}-${k}`)),
        ),
      );
      await makeCheckpoint(pool, signer);
    }
    expect((await verifyExport(await exported())).problems).toEqual([]);
    const rotated = { ...signer, key: newAuditKey() };
    await recordLook(pool, entry('later'));
    await makeCheckpoint(pool, rotated);
    expect((await verifyExport(await exported())).problems).toEqual([]);
  });

  it('gives receipts that hold, and fail when anything in them is altered', async () => {
    const statements = Array.from({ length: 7 }, (_, i) => JSON.stringify([`RX${i}`, 'eligible', null]));
    const leaves = statements.map((statement) => leafHash(statement));
    const covers = { count: leaves.length, root: merkleRoot(leaves).toString('hex') };
    await inTransaction(pool, (client) =>
      recordAudit(
        client,
        entry('chunk-1', { action: 'chunk.report', object: { kind: 'chunk', id: 'chunk-1' }, covers }),
      ),
    );
    for (const index of [0, 3, 6]) {
      const statement = statements[index] ?? '';
      const asked = { reportNo: `RX${index}`, statement, action: 'chunk.report', objectId: 'chunk-1', leaves, index };
      const receipt = await makeReceipt(pool, signer, asked);
      expect(verifyReceipt(receipt)).toMatchObject({ ok: true });
      expect(verifyReceipt(receipt, [signer.key.id])).toMatchObject({ ok: true });
      expect(verifyReceipt(receipt, ['0'.repeat(64)])).toMatchObject({ ok: false });
      const text = JSON.stringify(receipt);
      for (let at = 0; at < text.length; at += 7) {
        const altered = `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`;
        if (readable(altered)) expect([at, verifyReceipt(JSON.parse(altered)).ok]).toEqual([at, false]);
      }
    }
    const missing = { reportNo: 'R', statement: '[]', action: 'chunk.report', objectId: 'none', leaves, index: 0 };
    expect(await makeReceipt(pool, signer, missing)).toBeNull();
  });

  it('shows nothing that it could not record', async () => {
    const closed = createPool({ url: database.url, name: 'test', logger });
    await closed.end();
    const read = auditedRead(
      closed,
      async () => 'secret',
      () => entry('R1'),
    );
    await expect(read).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });
});

function readable(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
