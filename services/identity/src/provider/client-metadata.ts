import { createHash, timingSafeEqual } from 'node:crypto';
import type { AdapterPayload } from 'oidc-provider';
import type { StoredClient } from '../db/clients.js';

/** A secret of 32 random characters or more cannot be guessed, so a plain hash is enough. */
export const secretHash = (secret: string) => createHash('sha256').update(secret).digest('base64url');

export function secretMatches(secret: string, hash: string | undefined): boolean {
  const [given, stored] = [Buffer.from(secretHash(secret)), Buffer.from(hash ?? '')];
  return given.length === stored.length && timingSafeEqual(given, stored);
}

/** A system as the provider knows it. Where a secret belongs it gets the hash. */
export function metadataOf({ client, credentials }: StoredClient): AdapterPayload {
  return {
    client_id: client.id,
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    token_endpoint_auth_method: client.method,
    ...('jwks' in credentials ? { jwks: credentials.jwks } : { client_secret: credentials.secretHash }),
  };
}
