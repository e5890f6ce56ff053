import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { EVERYWHERE, PURPOSES, type Purpose, type Role, SOURCES } from '@hedui/contracts';
import { writeWhole } from './home.js';

/** What somebody may do, as a token and a user say it. */
export interface TrialRights {
  roles: Role[];
  regions: string[];
  purposes: Purpose[];
  sources: string[];
  department: string | null;
}

const OF_CASES: Purpose[] = PURPOSES.filter((purpose) => purpose !== 'inspection');
export const TRIAL_DEPARTMENT = 'housing';

/** The whole installation, as far as the role goes: an administrator sees no family, an auditor looks at all of them. */
export function rightsOfRole(role: Role, sources: readonly string[] = ['*']): TrialRights {
  const administrator = role === 'administrator';
  return {
    roles: [role],
    regions: administrator ? [] : [EVERYWHERE],
    purposes: administrator ? [] : role === 'auditor' ? [...PURPOSES] : OF_CASES,
    sources: role === 'source_officer' ? [...sources] : [],
    department: role === 'department' ? TRIAL_DEPARTMENT : null,
  };
}

const officerOf = (source: string) => `source-officer-${source.replaceAll('_', '-')}`;

/** Login names of a trial, and what each may do. */
export const TRIAL_USERS: readonly [login: string, rights: TrialRights][] = [
  ['operator', rightsOfRole('operator')],
  ['reviewer', rightsOfRole('reviewer')],
  ['auditor', rightsOfRole('auditor')],
  ...SOURCES.map((source): [string, TrialRights] => [officerOf(source), rightsOfRole('source_officer', [source])]),
  ['policy-maker-1', rightsOfRole('policy_maker')],
  ['policy-maker-2', rightsOfRole('policy_maker')],
  ['administrator', rightsOfRole('administrator')],
];
/** The system of a department. */
export const TRIAL_CLIENT = 'department-housing';

const secret = () => randomBytes(24).toString('base64url');

/** Draws the passwords of the trial's logins, once: the file tells identity whom to make, and people how to log in. */
export function ensureTrialLogins(file: string): void {
  if (existsSync(file)) return;
  const logins = {
    users: TRIAL_USERS.map(([login, rights]) => ({ login, password: secret(), random: true, ...rights })),
    clients: [{ id: TRIAL_CLIENT, credentials: { secret: secret() + secret() }, ...rightsOfRole('department') }],
  };
  writeWhole(file, `${JSON.stringify(logins, null, 2)}\n`);
}
