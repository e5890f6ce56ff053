import { createReadStream } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { type Report, reportSchema, type VerificationRequest } from '@hedui/contracts';
import { AS_OF, type City } from '../city.js';
import { type OnlineFigures, timesOf } from '../figures.js';
import type { Installation } from '../hedui/installation.js';
import type { Options } from '../options.js';
import { firstHouseholds, runBatch } from './batch.js';

/** Single checks idle, and while a batch runs; then how soon a changed record is seen. */
export async function measureOnline(mesh: Installation, city: City, options: Options): Promise<OnlineFigures> {
  const households = await someHouseholds(city.householdFile, 500);
  // The first hundreds of checks of a process take half as long again, until its code is compiled: a centre has them once a day.
  for (const household of households.slice(0, options.short ? 2 : 300)) await check(mesh, household);
  const idle = await checksInTurn(mesh, households, (done) => done < options.checks);
  const changeVisible = await changes(mesh, options.changes);
  const size = Math.min(city.households, 100_000);
  let running = true;
  const batch = runBatch(mesh, await firstHouseholds(city.householdFile, size), null, 'batch beside checks').finally(
    () => {
      running = false;
    },
  );
  const loaded = await checksInTurn(mesh, households, (done) => done === 0 || running);
  await batch;
  return { idle: timesOf(idle), duringBatch: timesOf(loaded), changeVisible: timesOf(changeVisible) };
}

/** One single check from its POST to its report read. Fails when the report was not ready within the wait. */
export async function check(mesh: Installation, household: VerificationRequest): Promise<Report> {
  const answer = await fetch(new URL('/v1/verifications', mesh.profile.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${mesh.profile.token}`, 'content-type': 'application/json', prefer: 'wait=30' },
    body: JSON.stringify(household),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`a single check answered ${answer.status}: ${text.slice(0, 300)}`);
  return reportSchema.parse(JSON.parse(text));
}

async function checksInTurn(
  mesh: Installation,
  households: VerificationRequest[],
  more: (done: number) => boolean,
): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; more(at); at++) {
    const household = households[at % households.length];
    if (household === undefined) throw new RangeError('no households to check');
    const since = performance.now();
    await check(mesh, household);
    times.push(performance.now() - since);
  }
  return times;
}

/** The adult of the changes: an invented person whose number's prefix belongs to nobody. */
export const APPLICANT: VerificationRequest = {
  asOf: AS_OF,
  programme: 'urban_dibao',
  verificationType: 'new_application',
  region: '520102',
  area: 'urban',
  persons: [
    {
      relation: 'applicant',
      idNumber: '520000196203180013',
      name: '张三',
      authorisationNo: 'SQ-1',
      authorisedOn: '2026-11-01',
    },
  ],
};

/** Loads one vehicle at a time and checks its owner again and again until the report names it: milliseconds from the POST. */
async function changes(mesh: Installation, count: number): Promise<number[]> {
  const times: number[] = [];
  const header = 'record_id,id_number,name,plate_no,plate_type,use_nature,status,registered_on';
  for (let at = 0; at < count; at++) {
    const record = `bench-${process.pid}-${at}`;
    const row = `${record},520000196203180013,张三,贵A0000${at % 10},02,A,A,2020-01-02`;
    const since = performance.now();
    const load = { scope: '520100', asOf: '2026-11-10', mode: 'delta' };
    await mesh.client.createLoad('vehicle', 'registration', load, Readable.from([`${header}\n${row}\n`]), 'text/csv');
    const seen = async (): Promise<boolean> =>
      (await check(mesh, APPLICANT)).findings.some((finding) => finding.recordId === record);
    while (!(await seen())) {
      if (performance.now() - since > 60_000) throw new Error('a changed record was not seen within a minute');
    }
    times.push(performance.now() - since);
  }
  return times;
}

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const OF_HOUSEHOLD = new Set(['household_ref', 'programme', 'verification_type', 'region', 'area', 'benefit_no']);

/** The first households of a file as single checks; rows with quoted cells are passed over with their household. */
export async function someHouseholds(file: string, count: number): Promise<VerificationRequest[]> {
  const input = createReadStream(file);
  const found: VerificationRequest[] = [];
  let columns: string[] = [];
  let ref = '';
  for await (const line of createInterface({ input })) {
    if (columns.length === 0) {
      columns = line.split(',');
      continue;
    }
    const cells = Object.fromEntries(line.split(',').map((cell, at) => [columns[at] ?? '', cell]));
    if (cells.household_ref !== ref) {
      if (found.length === count) break;
      ref = cells.household_ref ?? '';
      found.push({
        asOf: AS_OF,
        programme: cells.programme ?? '',
        verificationType: cells.verification_type ?? '',
        region: cells.region ?? '',
        area: cells.area ?? '',
        ...(cells.benefit_no ? { benefitNo: cells.benefit_no } : {}),
        persons: [],
      });
    }
    const given = Object.entries(cells).filter(([name, cell]) => !OF_HOUSEHOLD.has(name) && cell !== '');
    found.at(-1)?.persons.push({
      relation: '',
      ...Object.fromEntries(given.map(([name, cell]) => [camel(name), cell])),
    });
  }
  input.destroy();
  return found;
}
