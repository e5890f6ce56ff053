import type { SigningKey, SystemClient, User } from '../http/identity.js';

const user: User = {
  id: 'user-019a1f6e-3c00-7a10-8e55-0a4f5d2c1b00',
  login: 'auditor-3',
  roles: ['auditor'],
  regions: ['520100'],
  purposes: ['assistance', 'inspection'],
  sources: [],
  department: null,
  disabled: false,
  mustChangePassword: true,
  createdAt: '2026-11-10T02:00:00.000Z',
  lastLoginAt: null,
};
const client: SystemClient = {
  id: 'housing-office',
  method: 'client_secret_basic',
  roles: ['department'],
  regions: ['520100'],
  purposes: ['housing'],
  sources: [],
  department: 'housing',
  disabled: false,
  createdAt: '2026-11-10T02:00:00.000Z',
};
const signing: SigningKey = {
  kid: 'Jx0vWmRvY2hlbi1leGFtcGxlLWtleS1pZA',
  alg: 'EdDSA',
  state: 'signing',
  createdAt: '2026-11-10T02:00:00.000Z',
  signsFrom: '2026-11-10T02:01:00.000Z',
  verifiesUntil: null,
};
const { roles, regions, purposes, sources, department } = user;
const rights = { roles, regions, purposes, sources, department };
const ofClient = {
  roles: client.roles,
  regions: client.regions,
  purposes: client.purposes,
  sources: client.sources,
  department: client.department,
};
const userParams = { params: { id: user.id } };
const clientParams = { params: { id: client.id } };
const credentials = { secret: 'an-example-of-a-secret-that-nobody-uses-0001' };

/** Examples of the calls about users, systems and signing keys. */
export const IDENTITY_EXAMPLES = {
  listUsers: { status: 200, answer: { items: [user], next: null } },
  createUser: {
    headers: { 'Idempotency-Key': 'user-auditor-3' },
    body: { login: user.login, password: 'first-Password-of-3', ...rights },
    status: 201,
    answer: user,
  },
  getUser: { ...userParams, status: 200, answer: user },
  disableUser: { ...userParams, status: 200, answer: { ...user, disabled: true } },
  enableUser: { ...userParams, status: 200, answer: user },
  setUserRights: { ...userParams, body: rights, status: 200, answer: user },
  resetUserPassword: { ...userParams, body: { password: 'another-Password-of-3' }, status: 200, answer: user },
  listClients: { status: 200, answer: { items: [client], next: null } },
  createClient: {
    headers: { 'Idempotency-Key': 'client-housing-office' },
    body: { id: client.id, credentials, ...ofClient },
    status: 201,
    answer: client,
  },
  getClient: { ...clientParams, status: 200, answer: client },
  disableClient: { ...clientParams, status: 200, answer: { ...client, disabled: true } },
  enableClient: { ...clientParams, status: 200, answer: client },
  setClientRights: { ...clientParams, body: ofClient, status: 200, answer: client },
  setClientCredentials: { ...clientParams, body: credentials, status: 200, answer: client },
  listSigningKeys: { status: 200, answer: { items: [signing] } },
  rotateSigningKey: { query: { compromised: 'false' }, status: 201, answer: { items: [signing] } },
};
