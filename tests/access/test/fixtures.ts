import {
  type Batch,
  type Caller,
  EVERYWHERE,
  EXAMPLES,
  isStream,
  type Load,
  PURPOSES,
  type Report,
  ROUTES,
  type Role,
  type RouteContract,
  type RouteName,
} from '@hedui/contracts';
import { checkCharacter } from '@hedui/identity-numbers';
import { eventually } from '@hedui/testing';
import type { Answered, Mesh, Sent } from './mesh.js';

/** Where the households of this test live, and where a caller without business there looks after others. */
export const INSIDE = '520100';
export const OUTSIDE = '520300';
const COUNTY = '520102';
/** The departments that submit: the caller's own, and another one. */
export const OWN = 'housing-office';
export const OTHER = 'school-office';
/** A caller's own source is the one that answers here. */
const SOURCE = 'vehicle';
const ANOTHER_SOURCE = 'tax';
/** What a path names besides: the source that answers here, and a finding that rests on a record. */
const PARAMS: Readonly<Record<string, string>> = { source: SOURCE, recordType: 'registration', finding: '1' };

/** Everything of one department that a path can name. */
export interface Objects {
  department: string;
  batch: string;
  report: string;
  /** The number of the person in the report and in the batch. */
  person: string;
  unmasking: string;
  authorisation: string;
  load: string;
  /** Made anew for each question, for the answer destroys it. */
  erasure(): Promise<string>;
}

const PEOPLE: Pick<Caller, 'regions' | 'purposes' | 'sources' | 'secondedBy'> = {
  regions: [INSIDE],
  purposes: PURPOSES,
  sources: [SOURCE],
  secondedBy: null,
};

/** Who asks in a cell of the matrix. */
export function callerOf(role: Role, inside: boolean, own: boolean, regions: readonly string[] = [INSIDE]): Caller {
  return {
    ...PEOPLE,
    subject: `${role}-${inside ? 'inside' : 'outside'}-${own ? 'own' : 'other'}`,
    roles: [role],
    regions: inside ? regions : [OUTSIDE],
    sources: [own ? SOURCE : ANOTHER_SOURCE],
    department: role === 'department' ? OWN : null,
  };
}

/** Works at another desk than those who ask in the matrix, and prepares what they ask about. */
const asker: Caller = {
  ...PEOPLE,
  subject: 'asker',
  roles: ['reviewer', 'operator', 'source_officer'],
  department: null,
};
const installer: Caller = {
  ...asker,
  subject: 'installer',
  roles: ['policy_maker'],
  regions: [EVERYWHERE],
  secondedBy: 'second',
};

let persons = 0;
/** A resident number of nobody: the prefix is a province's own code. */
function nextPerson(): string {
  persons++;
  const seventeen = `520000197${persons % 10}0${1 + (persons % 9)}1${persons % 10}${String(persons).padStart(3, '0')}`;
  return `${seventeen}${checkCharacter(seventeen)}`;
}

const check = (idNumber: string) => ({
  asOf: '2026-11-15',
  programme: 'urban_dibao',
  verificationType: 'new_application',
  region: COUNTY,
  area: 'urban',
  persons: [
    {
      relation: 'applicant',
      idNumber,
      name: '测试甲',
      declaredWage: '1200.00',
      authorisationNo: 'SQ-1',
      authorisedOn: '2026-10-01',
    },
  ],
});

const paper = (authorisationNo: string) => ({
  authorisationNo,
  person: { idNumber: nextPerson() },
  kind: 'green_channel',
  purposes: ['assistance'],
  region: COUNTY,
  signedOn: '2026-11-10',
});

const rows = (idNumber: string) =>
  `household_ref,programme,verification_type,region,area,relation,id_number,name,authorisation_no,authorised_on
H1,urban_dibao,new_application,${COUNTY},urban,applicant,${idNumber},测试甲,SQ-1,2026-10-01
`;

const json = { 'content-type': 'application/json' };
const post = (url: string, body: unknown, headers: Record<string, string> = {}): Sent => ({
  method: 'POST',
  url,
  headers: { ...json, ...headers },
  body: JSON.stringify(body),
});
const postRows = (url: string, body: string): Sent => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'text/csv' },
  body,
});

function parsed<T>(answer: Answered, ...statuses: readonly number[]): T {
  if (!statuses.includes(answer.status))
    throw new Error(`a fixture could not be made: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text) as T;
}

export async function publishPolicy(mesh: Mesh, text: string): Promise<void> {
  const sent: Sent = {
    method: 'POST',
    url: '/v1/policies',
    headers: { 'content-type': 'application/yaml' },
    body: text,
  };
  parsed(await mesh.ask(ROUTES.publishPolicy, sent, installer), 201);
}

/** Submits a household, a batch and what belongs to them, as a department's system and those who work on it. */
export async function makeObjects(mesh: Mesh, department: string): Promise<Objects> {
  const system: Caller = { ...PEOPLE, subject: `system-of-${department}`, roles: ['department'], department };
  const person = nextPerson();

  async function report(idNumber: string): Promise<Report> {
    const sent = post('/v1/verifications', check(idNumber), { prefer: 'wait=20' });
    return parsed<Report>(await mesh.ask(ROUTES.createVerification, sent, system), 200);
  }
  const columns = 'record_id,id_number,name,plate_no,plate_type,status,registered_on';
  const registration = `${columns}\nV-${department},${person},测试甲,贵A12345,02,A,2024-05-01\n`;
  const loading = await mesh.ask(
    ROUTES.createLoad,
    postRows(`/v1/sources/${SOURCE}/registration/loads?scope=520100&asOf=2026-11-10&mode=delta`, registration),
    asker,
  );
  const load = parsed<Load>(loading, 202).id;
  await eventually(
    async () => {
      const now = await mesh.ask(ROUTES.getLoad, { method: 'GET', url: `/v1/loads/${load}` }, asker);
      return parsed<Load>(now, 200).state === 'applied' ? true : null;
    },
    { within: 20_000, what: 'the load is applied' },
  );
  const reported = await report(person);
  const { reportNo } = reported;
  if (reported.findings[0]?.recordId !== `V-${department}`) throw new Error('the report has no finding of a record');

  const submitted = await mesh.ask(ROUTES.createBatch, postRows('/v1/batches?asOf=2026-11-15', rows(person)), system);
  const batch = parsed<Batch>(submitted, 202).id;
  await eventually(
    async () => {
      const now = await mesh.ask(ROUTES.getBatch, { method: 'GET', url: `/v1/batches/${batch}` }, system);
      return parsed<Batch>(now, 200).state === 'done' ? true : null;
    },
    { within: 20_000, what: 'the batch is done' },
  );

  const idOf = (answer: Answered): string => parsed<{ id: string }>(answer, 200, 201, 202).id;
  const unmasking = idOf(
    await mesh.ask(ROUTES.askUnmasking, post(`/v1/reports/${reportNo}/unmasking`, { reason: 'objection' }), asker),
  );
  const authorisation = idOf(
    await mesh.ask(ROUTES.registerAuthorisation, post('/v1/authorisations', paper(`paper-${department}`)), system),
  );
  return {
    department,
    batch,
    report: reportNo,
    person,
    unmasking,
    authorisation,
    load,
    async erasure() {
      const { reportNo: other } = await report(nextPerson());
      const url = `/v1/reports/${other}/erasure`;
      return idOf(await mesh.ask(ROUTES.askErasure, post(url, EXAMPLES.askErasure.body), asker));
    },
  };
}

/** What a path names, by its beginning. A path of household reach that names something else has no fixture. */
const NAMED: readonly (readonly [RegExp, (objects: Objects) => string | Promise<string>])[] = [
  [/^\/v1\/batches\/:id/, (objects) => objects.batch],
  [/^\/v1\/reports\/:reportNo/, (objects) => objects.report],
  [/^\/v1\/unmaskings\/:id/, (objects) => objects.unmasking],
  [/^\/v1\/authorisations\/:id/, (objects) => objects.authorisation],
  [/^\/v1\/erasures\/:id/, (objects) => objects.erasure()],
  [/^\/v1\/loads\/:id/, (objects) => objects.load],
];

/** Calls of household reach that name no object: what they show or take in, and how that tells who may see it. */
interface Collection {
  sent(objects: Objects): Sent;
  /** True when the answer shows (or took in) what is in reach; false when it says nothing of it; null for another answer. */
  shown(answer: Answered, objects: Objects): boolean | null;
  /** It is the caller's own doing: another department's object plays no part. */
  ownDoing?: true;
}

const holds =
  (of: (objects: Objects) => string): Collection['shown'] =>
  (answer, objects) =>
    answer.status === 200 ? answer.text.includes(of(objects)) : null;
const taken: Collection['shown'] = ({ status }) => (status < 300 ? true : status === 403 ? false : null);

export const COLLECTIONS: Readonly<Partial<Record<RouteName, Collection>>> = {
  listBatches: { sent: () => ({ method: 'GET', url: '/v1/batches?limit=1000' }), shown: holds(({ batch }) => batch) },
  listUnmaskings: {
    sent: () => ({ method: 'GET', url: '/v1/unmaskings' }),
    shown: holds(({ unmasking }) => unmasking),
  },
  readCitizenAccount: {
    sent: ({ person }) => post('/v1/citizen-accounts', { idNumber: person }),
    shown: holds(({ report }) => report),
  },
  createVerification: {
    sent: () => post('/v1/verifications', check(nextPerson()), { prefer: 'wait=0' }),
    shown: taken,
    ownDoing: true,
  },
  createBatch: {
    sent: () => postRows('/v1/batches?asOf=2026-11-15', rows(nextPerson())),
    shown: (answer) => (answer.status === 202 ? parsed<Batch>(answer, 202).counts.accepted === 1 : null),
    ownDoing: true,
  },
  registerAuthorisation: {
    sent: () =>
      post('/v1/authorisations', {
        ...paper(`paper-${nextPerson().slice(-6)}`),
      }),
    shown: taken,
    ownDoing: true,
  },
};

/** Calls that count by region: what their answer may not name for a caller of another region. */
export const COUNTED: Readonly<Partial<Record<RouteName, { inside?: readonly string[]; filter?: string }>>> = {
  getDetectionRates: { filter: `region=${COUNTY}` },
  listAudit: {},
  // The whole log is for those who may see the whole country.
  exportAudit: { inside: [EVERYWHERE] },
};
export const COUNTED_PLACE = COUNTY;

/** Statuses that a call within reach may have here besides those of its contract below 500. */
export const ALSO_ALLOWED: Readonly<Partial<Record<RouteName, readonly number[]>>> = {
  // No source can be reached from here.
  getFindingEvidence: [503],
};

/** The object that a path names, as it is for this owner; null when it names none. Throws for a path that no fixture knows. */
export async function objectOf(contract: RouteContract, objects: Objects): Promise<string | null> {
  if (contract.reach !== 'households' && contract.reach !== 'source') return null;
  const named = NAMED.find(([path]) => path.test(contract.path));
  if (named) return await named[1](objects);
  if (contract.path.includes('/:source/') || (contract.id in COLLECTIONS && contract.reach === 'households'))
    return null;
  throw new Error(`no fixture for ${contract.id}: say in fixtures.ts what ${contract.path} names`);
}

/** Text of the same form that names nothing. */
export function absent(id: string): string {
  const at = id.length - 5;
  const was = id.charAt(at);
  const other = /\d/.test(was)
    ? String((Number(was) + 1) % 10)
    : /[a-z]/.test(was)
      ? was === 'a'
        ? 'b'
        : 'a'
      : was === 'A'
        ? 'B'
        : 'A';
  return id.slice(0, at) + other + id.slice(at + 1);
}

/** The call as its example in the documents shows it, about `object` where its path names one. */
export function sentOf(contract: RouteContract, object: string | null): Sent {
  const example = EXAMPLES[contract.id as RouteName];
  let named = object;
  const path = contract.path.replace(/:(\w+)/g, (_, name: string) => {
    const value = PARAMS[name] ?? named ?? example.params?.[name] ?? '1';
    if (!(name in PARAMS)) named = null;
    return encodeURIComponent(value);
  });
  const query = new URLSearchParams(example.query ?? {}).toString();
  const url = query === '' ? path : `${path}?${query}`;
  if (contract.method === 'GET') return { method: 'GET', url };
  const { body } = contract;
  if (body && isStream(body)) {
    const type = body.stream[0] ?? 'text/csv';
    return { method: 'POST', url, headers: { 'content-type': type }, body: example.stream?.[type] ?? '' };
  }
  return body
    ? post(url, example.body ?? {}, { prefer: 'wait=0' })
    : { method: 'POST', url, headers: { prefer: 'wait=0' } };
}
