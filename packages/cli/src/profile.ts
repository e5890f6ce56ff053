import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readLogin, tokenOfLogin } from './device-login.js';

/** Where the service is and what we may do there. */
export interface Profile {
  url: string;
  token: string;
  /** The login for a call that one of these roles may make; without it `token` is for every call. */
  choose?: (access: readonly string[]) => Promise<string>;
  /** The login of a second person of that role, where a call takes two. */
  second?: (role: string) => string | undefined;
}

const tokens = z.record(z.string(), z.string()).default({});
const profileSchema = z.object({ url: z.string(), token: z.string(), roles: tokens, seconds: tokens });
type Environment = Readonly<Record<string, string | undefined>>;

export class ProfileError extends Error {
  readonly code = 'PROFILE_UNUSABLE';
}

/** The checkout that this program belongs to: its `.hedui` is the default installation. */
const checkout = fileURLToPath(new URL('../../../', import.meta.url));

/** Where the installation of this machine keeps what is its own. */
export const installationHome = (env: Environment): string =>
  path.resolve(env.HEDUI_HOME || path.join(checkout, '.hedui'));

/** Where `hedui login` keeps the login of a person. */
export const loginFile = (env: Environment): string => path.join(installationHome(env), 'login.json');

function readStored(env: Environment): z.infer<typeof profileSchema> {
  const file = path.join(installationHome(env), 'profile.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ProfileError(
      `no installation found: ${file} cannot be read. Start one with \`npm start\`, set HEDUI_HOME, or set HEDUI_URL and HEDUI_TOKEN.`,
    );
  }
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    raw = null;
  }
  const parsed = profileSchema.safeParse(raw);
  if (!parsed.success) throw new ProfileError(`${file} is not a profile: {"url", "token"} expected`);
  return parsed.data;
}

/** `policy-maker` is `policy_maker`; `policy_maker_2` is the second person of that role. */
function tokenAs(as: string, stored: z.infer<typeof profileSchema>): string {
  const role = as.replaceAll('-', '_');
  const token = stored.roles[role] ?? (role.endsWith('_2') ? stored.seconds[role.slice(0, -2)] : undefined);
  if (token !== undefined) return token;
  const known = Object.keys(stored.roles).join(', ');
  throw new ProfileError(`the profile has no login as ${as}${known ? `: ${known}` : ''}`);
}

/** The address of the service alone. Throws ProfileError. */
export const readUrl = (env: Environment): string => env.HEDUI_URL || readStored(env).url;

/**
 * `HEDUI_URL` and `HEDUI_TOKEN` when both are given; else whoever has logged in, or the profile that `npm start` writes in `HEDUI_HOME`
 * (default `.hedui` in the checkout), with either of them over it. The profile holds a login for each role: a call is made with the one that
 * may make it, unless `as` names one. Throws ProfileError.
 */
export function readProfile(env: Environment, as?: string): Profile {
  const { HEDUI_URL: url, HEDUI_TOKEN: token } = env;
  if (token && as !== undefined) throw new ProfileError('--as chooses a login of the profile, and HEDUI_TOKEN is set');
  if (url && token) return { url, token };
  const login = token || as !== undefined ? null : readLogin(loginFile(env));
  if (login && (!url || new URL(url).origin === new URL(login.url).origin)) {
    const file = loginFile(env);
    return { url: login.url, token: login.accessToken, choose: () => tokenOfLogin(file, login) };
  }
  const stored = readStored(env);
  const at = url || stored.url;
  if (token) return { url: at, token };
  if (as !== undefined) return { url: at, token: tokenAs(as, stored) };
  return {
    url: at,
    token: stored.token,
    choose: async (access) => {
      const role = access.find((one) => stored.roles[one] !== undefined);
      return (role === undefined ? undefined : stored.roles[role]) ?? stored.token;
    },
    second: (role) => stored.seconds[role],
  };
}
