/** What happens when two loads overlap in scope, case by case, as the README tells it. */
import { createEventLog, type EventLog } from '@hedui/event-log';
import { type TestDatabase, testDatabase } from '@hedui/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { compare } from './compare.js';
import { logger } from './desk.js';
import { IDS, type RowPlan } from './files.js';
import { beginWalk, type Walk } from './knowledge.js';
import type { LoadPlan } from './steps.js';
import { openTown, type Town } from './town.js';
import { take } from './walk.js';

const PROVINCE = '520000';
const CITY = '520100';
const COUNTY = '520102';
const NEXT_COUNTY = '520103';

/** A vehicle of the first person; contents differ. */
const vehicle = (id: string, content = 0): RowPlan => ({
  id: IDS.indexOf(id),
  person: 0,
  other: 0,
  changedName: false,
  content,
  spelled: false,
  fault: 'none',
});

describe('two loads that overlap in scope', () => {
  let database: TestDatabase;
  let log: EventLog;
  let town: Town;
  let here: Walk;
  beforeAll(async () => {
    database = await testDatabase('log');
    log = await createEventLog({ HEDUI_LOG: 'postgres', EVENT_LOG_URL: database.url }, { logger, clientId: 'test' });
  });
  beforeEach(async () => {
    town = await openTown(log);
    here = beginWalk(town, {});
  });
  afterEach(() => town.close());
  afterAll(async () => {
    await log.close();
    await database.drop();
  });

  async function load(
    mode: LoadPlan['mode'],
    scope: LoadPlan['scope'],
    rows: RowPlan[],
    asOf: LoadPlan['asOf'] = '2026-10-10',
  ): Promise<void> {
    const plan: LoadPlan = { type: 'registration', scope, asOf, mode, allowOlder: false, confirm: true, rows };
    await take(here, { do: 'load', load: plan });
  }
  /** Ids and statuses that the matcher has, once everything has come to it. */
  async function known(): Promise<string[]> {
    await compare(here);
    const profiles = await town.matchers.profiles('registration');
    return [...profiles.values()].flatMap((views) => views.map(({ fields }) => `${fields[0]} ${fields[3]}`));
  }
  const asOfIn = async (region: string) => {
    const [sources] = await town.sources([region], '2026-11-15');
    return sources?.find(({ source }) => source === 'vehicle')?.asOf ?? null;
  };

  it('the wider full one withdraws what narrower ones wrote and it does not hold', async () => {
    await load('full', COUNTY, [vehicle('R1'), vehicle('R2')]);
    await load('full', CITY, [vehicle('R1'), vehicle('A-7')]);
    expect(await known()).toEqual(['A-7 A', 'R1 A']);
  });

  it('what the wider one wrote is no longer the narrower one to withdraw, until it has written it again', async () => {
    await load('full', COUNTY, [vehicle('R1'), vehicle('R2')]);
    await load('delta', CITY, [vehicle('R1')]);
    await load('full', COUNTY, []);
    expect(await known()).toEqual(['R1 A']);
    await load('full', COUNTY, [vehicle('R1')]);
    await load('full', COUNTY, []);
    expect(await known()).toEqual([]);
  });

  it('the order of arrival decides, not the as-of date', async () => {
    await load('full', COUNTY, [vehicle('R1', 1)], '2026-11-14');
    await load('full', CITY, [vehicle('R1', 0)], '2026-09-01');
    expect(await known()).toEqual(['R1 A']);
  });

  it('neighbours do not withdraw from each other, and a record is of the one that wrote it last', async () => {
    await load('full', COUNTY, [vehicle('R1'), vehicle('R2')]);
    await load('full', NEXT_COUNTY, [vehicle('R2', 1)]);
    await load('full', COUNTY, []);
    expect(await known()).toEqual(['R2 GQ']);
  });

  it('each region has the newest date of the loads that cover it, once a full one has', async () => {
    await load('delta', COUNTY, [vehicle('R1')], '2026-11-14');
    expect(await known()).toEqual(['R1 A']);
    expect(await asOfIn(COUNTY)).toBeNull();
    await load('full', CITY, [vehicle('R1')], '2026-10-25');
    expect([await known(), await asOfIn(COUNTY), await asOfIn(NEXT_COUNTY)]).toEqual([
      ['R1 A'],
      '2026-10-25',
      '2026-10-25',
    ]);
    await load('delta', COUNTY, [vehicle('R2')], '2026-11-14');
    await load('delta', PROVINCE, [], '2026-10-10');
    expect([await known(), await asOfIn(COUNTY), await asOfIn(NEXT_COUNTY)]).toEqual([
      ['R1 A', 'R2 A'],
      '2026-11-14',
      '2026-10-25',
    ]);
  });
});
