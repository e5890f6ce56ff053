import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { request } from 'undici';
import { z } from 'zod';

const CLIENT = 'hedui-cli';
const SCOPE = 'openid offline_access hedui';
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
/** A token that ends within this time is refreshed before it is used. */
const SPARE_MS = 30_000;

const deviceSchema = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  verification_uri_complete: z.string().optional(),
  expires_in: z.number(),
  interval: z.number().default(5),
});
const tokensSchema = z.object({ access_token: z.string(), expires_in: z.number(), refresh_token: z.string() });
const errorSchema = z.object({ error: z.string() });

const storedSchema = z.object({
  url: z.string(),
  accessToken: z.string(),
  refreshToken: z.string(),
  /** Milliseconds since 1970. */
  endsAt: z.number(),
});
/** The login of a person, as `hedui login` keeps it. */
export type StoredLogin = z.infer<typeof storedSchema>;

export class LoginError extends Error {
  readonly code = 'LOGIN_FAILED';
}

async function post(url: string, endpoint: string, form: Record<string, string>): Promise<unknown> {
  const answer = await request(new URL(`/oidc/${endpoint}`, url), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ client_id: CLIENT, ...form }).toString(),
  });
  const text = await answer.body.text();
  try {
    return JSON.parse(text || '{}');
  } catch {
    throw new LoginError(`${url} answered ${answer.statusCode} in a form that this program does not know`);
  }
}

function storedOf(url: string, answer: z.infer<typeof tokensSchema>, now: number): StoredLogin {
  return {
    url,
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    endsAt: now + answer.expires_in * 1000,
  };
}

/** Readable by its owner only; replaced in one step. */
export function keepLogin(file: string, login: StoredLogin): void {
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600 });
  chmodSync(fresh, 0o600);
  renameSync(fresh, file);
}

/** Null when nobody is logged in. */
export function readLogin(file: string): StoredLogin | null {
  try {
    const parsed = storedSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/**
 * Logs a person in (RFC 8628): `show` tells where to go and with which code; resolves when the person has confirmed it there. Throws
 * LoginError when it was refused or took too long.
 */
export async function deviceLogin(url: string, show: (address: string, code: string) => void): Promise<StoredLogin> {
  const device = deviceSchema.safeParse(await post(url, 'device/auth', { scope: SCOPE }));
  if (!device.success) throw new LoginError(`${url} has no issuer of its own to log in at`);
  const { device_code, user_code, verification_uri, verification_uri_complete, expires_in } = device.data;
  show(verification_uri_complete ?? verification_uri, user_code);
  let wait = device.data.interval;
  const end = Date.now() + expires_in * 1000;
  while (Date.now() < end) {
    await pause(wait * 1000);
    const answer = await post(url, 'token', { grant_type: DEVICE_GRANT, device_code });
    const tokens = tokensSchema.safeParse(answer);
    if (tokens.success) return storedOf(url, tokens.data, Date.now());
    const said = errorSchema.safeParse(answer).data?.error;
    if (said === 'slow_down') wait += 5;
    else if (said !== 'authorization_pending')
      throw new LoginError(`the login was not completed (${said ?? 'unknown'})`);
  }
  throw new LoginError('the code has expired: begin again');
}

/** The access token of the login in `file`, refreshed when it has ended. Throws LoginError when the login has. */
export async function tokenOfLogin(file: string, login: StoredLogin): Promise<string> {
  if (login.endsAt - Date.now() > SPARE_MS) return login.accessToken;
  const form = { grant_type: 'refresh_token', refresh_token: login.refreshToken };
  const tokens = tokensSchema.safeParse(await post(login.url, 'token', form));
  if (!tokens.success) {
    // Another command may have refreshed it meanwhile: a refresh token is good once.
    const newer = readLogin(file);
    if (newer && newer.refreshToken !== login.refreshToken) return newer.accessToken;
    throw new LoginError('the login has ended: hedui login');
  }
  const fresh = storedOf(login.url, tokens.data, Date.now());
  keepLogin(file, fresh);
  Object.assign(login, fresh);
  return fresh.accessToken;
}

/** Ends the login in `file` at the issuer, and forgets it here even when the issuer cannot be asked. False when there was none. */
export async function endLogin(file: string): Promise<boolean> {
  const login = readLogin(file);
  rmSync(file, { force: true });
  if (!login) return false;
  await post(login.url, 'token/revocation', { token: login.refreshToken }).catch(() => null);
  return true;
}
