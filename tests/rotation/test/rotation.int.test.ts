/** The keys of an installation are rotated while loads come in and batches run: nobody who reads reports or rates notices. */
import { keyBytes, type Report } from '@hedui/contracts';
import { createPseudonyms } from '@hedui/privacy';
import { eventually } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { changingKeys, keyFile, type Mesh, openMesh } from './mesh.js';

const ONE = { 1: 11 };
const BOTH = { 1: 11, 2: 22 };
const TWO = { 2: 22 };
const RINGS = { k1: 33, k2: 44 };

/** What a report says, without its number, its digest and its times. */
const said = (reports: readonly Report[]) =>
  reports.map(({ householdRef, conclusion, tier, findings, annualIncome, persons }) =>
    JSON.stringify([householdRef, conclusion, tier, findings, annualIncome, persons]),
  );
/** Text in the order of rates without the time at which it was asked. */
const counted = ({ knownOn: _, ...rates }: Awaited<ReturnType<Mesh['rates']>>) => rates;

describe('a rotation of the pseudonym key while the mesh works', () => {
  const pseudonyms = changingKeys(ONE, '1');
  const ring = changingKeys({ k1: 33 }, 'k1');
  let mesh: Mesh;
  let before: Report[];
  let oldKeys: Set<string>;

  /** 16-byte keys of the ledger, the profiles, and both, in hexadecimal. */
  async function keysOf(place: 'matcher' | 'reporting', table: string, column: string): Promise<string[]> {
    const { rows } = await mesh.pools[place].query<{ key: Buffer }>(`SELECT DISTINCT ${column} AS key FROM ${table}`);
    return rows.map(({ key }) => key.toString('hex'));
  }
  const atStep = (step: string) =>
    eventually(
      async () => {
        const { items } = await mesh.rotations();
        return items.some((item) => item.kind === 'pseudonyms' && item.to === '2' && item.step === step);
      },
      { within: 90_000, what: `the rotation is ${step}` },
    );

  beforeAll(async () => {
    mesh = await openMesh({ pseudonyms, ring });
    await mesh.loadCity('2026-11-10');
    before = await mesh.done(await mesh.submit());
  }, 180_000);
  afterAll(() => mesh.close());

  it('changes no report and no rate, and leaves nothing under the old version', async () => {
    oldKeys = new Set([
      ...(await keysOf('matcher', 'profile', 'person_key')),
      ...(await keysOf('reporting', 'ledger', 'applicant_key')),
    ]);
    const rates = counted(await mesh.rates());
    expect(before.length).toBeGreaterThan(200);

    pseudonyms.become(keyFile(BOTH, '2'));
    const batches = [await mesh.submit()];
    const seen: ReturnType<typeof counted>[] = [];
    const loads = mesh.loadCity('2026-11-11');
    for (;;) {
      batches.push(await mesh.submit());
      for (const id of batches.splice(0)) expect(said(await mesh.done(id))).toEqual(said(before));
      seen.push(counted(await mesh.rates()));
      const { items } = await mesh.rotations();
      if (items.some((item) => item.to === '2' && item.step === 'done')) break;
    }
    await loads;
    for (const one of seen) expect(one).toEqual(rates);

    const profiles = await keysOf('matcher', 'profile', 'person_key');
    const ledger = await keysOf('reporting', 'ledger', 'applicant_key');
    expect([...profiles, ...ledger].filter((key) => oldKeys.has(key))).toEqual([]);
    expect(await keysOf('reporting', 'follow', 'old_key')).toEqual([]);
    const { rows } = await mesh.pools.matcher.query<{ n: string }>('SELECT count(*) AS n FROM profile');
    expect(Number(rows[0]?.n)).toBeGreaterThan(0);
    expect(profiles.length).toBeLessThanOrEqual(oldKeys.size);
    // What is kept inside the profiles bears no old key either: spouses, names, benefits.
    const kept = await mesh.pools.matcher.query<{ text: string }>(
      'SELECT profile::text AS text FROM profile WHERE marriage IS NOT NULL',
    );
    const all = kept.rows.map(({ text }) => text).join('\n');
    expect([...oldKeys].filter((key) => all.includes(key))).toEqual([]);
  }, 180_000);

  it('lets the old version leave the key file, and old reports are replayed to the digest', async () => {
    await atStep('done');
    await mesh.stop();
    pseudonyms.become(keyFile(TWO, '2'));
    await mesh.start();
    const rates = counted(await mesh.rates());
    const [report] = before;
    if (!report) throw new Error('the city has reports');
    const replayed = await mesh.replay(report.reportNo);
    expect(replayed).toMatchObject({ same: true, digest: report.digest });
    // Newer files have come in since, and nothing else is different.
    expect(new Set(replayed.today?.differences.map(({ what }) => what))).toEqual(new Set(['source']));
    await mesh.loadCity('2026-11-12');
    expect(said(await mesh.done(await mesh.submit()))).toEqual(said(before));
    expect(counted(await mesh.rates())).toEqual(rates);
    const profiles = await keysOf('matcher', 'profile', 'person_key');
    expect(profiles.filter((key) => oldKeys.has(key))).toEqual([]);
  }, 120_000);

  it('is made with keys that are told apart', () => {
    const document = { type: 'resident_id', number: '520000199001010010' } as const;
    const [one, two] = ['1', '2'].map((version) => createPseudonyms(keyFile(BOTH, version)).person(document));
    expect(one && keyBytes(one)).not.toEqual(two && keyBytes(two));
  });

  it('seals everything anew under another key of the ring', async () => {
    ring.become(keyFile(RINGS, 'k2'));
    await eventually(
      async () =>
        (await mesh.rotations()).items.some(({ kind, to, removable }) => kind === 'ring' && to === 'k2' && removable),
      { within: 60_000, what: 'everything is sealed anew' },
    );
    await mesh.stop();
    ring.become(keyFile({ k2: 44 }, 'k2'));
    await mesh.start();
    const [report] = before;
    if (!report) throw new Error('the city has reports');
    expect(await mesh.replay(report.reportNo)).toMatchObject({ same: true, digest: report.digest });
    await mesh.loadCity('2026-11-13');
    expect(said(await mesh.done(await mesh.submit()))).toEqual(said(before));
  }, 120_000);
});
