import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** Where the service is and what we may do there. */
export interface Profile {
  url: string;
  token: string;
}

const profileSchema = z.object({ url: z.string(), token: z.string() });

export class ProfileError extends Error {
  readonly code = 'PROFILE_UNUSABLE';
}

/** The checkout that this program belongs to: its `.hedui` is the default installation. */
const checkout = fileURLToPath(new URL('../../../', import.meta.url));

/** Where the installation of this machine keeps what is its own. */
export function installationHome(env: Readonly<Record<string, string | undefined>>): string {
  return path.resolve(env.HEDUI_HOME || path.join(checkout, '.hedui'));
}

/**
 * `HEDUI_URL` and `HEDUI_TOKEN` when both are given; else the profile that `npm start` writes in `HEDUI_HOME` (default
 * `.hedui` in the checkout), with either of them over it. Throws ProfileError.
 */
export function readProfile(env: Readonly<Record<string, string | undefined>>): Profile {
  const { HEDUI_URL: url, HEDUI_TOKEN: token } = env;
  if (url && token) return { url, token };
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
  return { url: url || parsed.data.url, token: token || parsed.data.token };
}
