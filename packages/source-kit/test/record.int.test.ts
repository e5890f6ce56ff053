import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { csv, GUARDIANSHIP, guardianship, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { person } from './support/people.js';
import { pseudonyms, type SourceUnderTest, startSource } from './support/source.js';

describe('the record behind a finding', () => {
  const [a, b] = [person(1), person(2)];
  let source: SourceUnderTest;
  beforeAll(async () => {
    source = await startSource(socialInsurance);
    await source.load('pension', csv(PENSION, pension(`${a.id}-1`, a, '100.00')));
    await source.load('pension', csv(PENSION, pension(`${a.id}-1`, a, '200.00')));
    await source.load('guardianship', csv(GUARDIANSHIP, guardianship('G1', a, b, '2020-02-29')));
  });
  afterAll(() => source.close());

  const content = {
    source: 'social_insurance',
    recordType: 'pension',
    recordId: `${a.id}-1`,
    seq: 1,
    reportNo: 'R0',
    subject: 'tester',
    purpose: 'assistance',
    region: '520102',
    unmasked: false,
  };
  async function read(over: Partial<Record<keyof typeof content, unknown>> = {}, grant?: string) {
    const given = grant ?? pseudonyms.evidenceGrants.issue({ ...content, ...over }, 60);
    const answer = await source.app.inject({
      method: 'POST',
      url: '/internal/record',
      headers: { authorization: 'Bearer test', 'hedui-grant': given },
    });
    return { status: answer.statusCode, json: answer.json() as unknown };
  }
  const audited = async () => {
    const { rows } = await source.pool.query('SELECT * FROM audit_entry');
    return rows.length;
  };

  it('is shown as the report had it, masked, after the look is recorded', async () => {
    const before = await audited();
    expect(await read()).toEqual({
      status: 200,
      json: {
        source: 'social_insurance',
        recordType: 'pension',
        recordId: `${a.id}-1`,
        person: {
          idType: 'resident_id',
          idNumber: `${a.id.slice(0, 6)}********${a.id.slice(-4)}`,
          name: `${a.name[0]}*`,
        },
        other: null,
        values: { account_no: expect.stringMatching(/^A-\*+-1$/), month: '2026-05', amount: '100.00' },
        changedSince: true,
      },
    });
    expect(await audited()).toBe(before + 1);
    expect(await read({ seq: null })).toMatchObject({ json: { values: { amount: '200.00' }, changedSince: false } });
    expect(await read({ recordType: 'guardianship', recordId: 'G1', seq: null })).toMatchObject({
      json: { other: { name: `${b.name[0]}*` }, values: { since: '2020-02-29' } },
    });
  });

  it('is shown unmasked only when the grant says so', async () => {
    expect(await read({ unmasked: true })).toMatchObject({
      json: { person: { idNumber: a.id, name: a.name }, values: { account_no: `A-${a.id}-1` } },
    });
  });

  it('is not shown without a grant for it, for this caller, for a minute', async () => {
    const before = await audited();
    const grants = pseudonyms.evidenceGrants;
    const old = grants.issue(content, 60, Date.now() - 61_000);
    const [version, body, signature] = grants.issue(content, 60).split('.');
    const other = Buffer.from(JSON.stringify({ ...content, until: Date.now() + 1e6 })).toString('base64url');
    for (const grant of ['', 'x', old, `${version}.${other}.${signature}`, `${version}.${body}.`]) {
      expect({ grant, status: (await read({}, grant)).status }).toEqual({ grant, status: 403 });
    }
    expect((await read({ subject: 'somebody else' })).status).toBe(403);
    for (const over of [{ recordId: 'R9' }, { recordType: 'wealth' }, { source: 'tax' }]) {
      expect((await read(over)).status).toBe(404);
    }
    expect(await audited()).toBe(before);
  });
});
