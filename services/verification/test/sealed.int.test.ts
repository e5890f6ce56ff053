import type { Batch } from '@hedui/contracts';
import { createLogger } from '@hedui/logging';
import { createPool } from '@hedui/postgres';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PretendedMatcher, startMatcher } from './support/matcher.js';
import { applicant, csv, member, residentNumber } from './support/people.js';
import { type Installation, inState, install, post, publish, type RunningService, submit } from './support/service.js';

/** Every value of every column of a database, as text and, for bytes, as the characters that they would be. */
async function everything(url: string): Promise<string> {
  const pool = createPool({ url, name: 'scan', logger: createLogger('scan', 'silent') });
  try {
    const columns = await pool.query<{ table_name: string; column_name: string; data_type: string }>(
      `SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'`,
    );
    const texts: string[] = [];
    for (const { table_name, column_name, data_type } of columns.rows) {
      const { rows } = await pool.query<{ value: string | Buffer | null }>(
        `SELECT "${column_name}"${data_type === 'bytea' ? '' : '::text'} AS value FROM "${table_name}"`,
      );
      for (const { value } of rows) texts.push(Buffer.isBuffer(value) ? value.toString('utf8') : (value ?? ''));
    }
    return texts.join('\n');
  } finally {
    await pool.end();
  }
}

describe('who a household is', () => {
  let at: Installation;
  let service: RunningService;
  let matcher: PretendedMatcher;
  beforeAll(async () => {
    at = await install();
    matcher = await startMatcher(at.log);
    service = await at.start();
    await publish(service);
  });
  afterAll(async () => {
    await matcher.close();
    await at.close();
  });

  it('stands in no column, no message and no log line in the clear', async () => {
    const numbers = [residentNumber('19700203', 41), residentNumber('19710304', 52), residentNumber('19720405', 63)];
    const names = ['欧阳若溪', '司徒望舒', '慕容听雨'];
    const who = (n: number) => ({ id_number: numbers[n] ?? '', name: names[n] ?? '' });
    const secrets = { benefit_no: 'BENEFIT-77', authorisation_no: 'PAPER-88' };
    const rows = csv(
      applicant('SECRET-REF-1', 1, { ...who(0), ...secrets }),
      member('SECRET-REF-1', 2, 'spouse', { ...who(1), authorisation_no: 'PAPER-89' }),
      applicant(`SECRET-REF-${numbers[2]}`, 3, { ...who(2), area: '' }),
    );
    const batch = (await (await submit(service, rows)).json()) as Batch;
    await inState(service, batch.id, 'done');
    const persons = [
      {
        relation: 'applicant',
        idNumber: numbers[0],
        name: names[0],
        authorisationNo: 'PAPER-90',
        authorisedOn: '2026-10-01',
      },
    ];
    const body = {
      asOf: '2026-11-15',
      programme: 'urban_dibao',
      verificationType: 'letter',
      region: '520102',
      area: 'urban',
      householdRef: 'SECRET-REF-2',
      persons,
    };
    const answer = await post(service, '/v1/verifications', JSON.stringify(body), {
      'content-type': 'application/json',
    });
    expect(answer.status).toBe(200);

    const places = {
      database: await everything(at.database.url),
      log: await everything(at.logDatabase.url),
      messages: JSON.stringify(matcher.seen),
      lines: at.logged(),
    };
    expect(places.database).toContain(batch.id);
    expect(places.log).toContain(batch.id);
    expect(places.lines).toContain(batch.id);
    for (const [place, text] of Object.entries(places)) {
      for (const secret of [...numbers, ...names, 'SECRET-REF', 'BENEFIT-77', 'PAPER-8', 'PAPER-9']) {
        expect([place, secret, text.includes(secret)]).toEqual([place, secret, false]);
      }
    }
  });
});
