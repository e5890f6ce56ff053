import { auditSchema, configOrExit, databaseSchema, positive, serviceSchema, url } from '@hedui/config';
import { z } from 'zod';

const DAY = 86_400;

export const identitySchema = serviceSchema
  .and(databaseSchema)
  .and(auditSchema)
  .and(
    z.object({
      /** The address that people and services know this issuer by: stands in every token as `iss`. */
      HEDUI_ISSUER: url('http', 'https').refine(
        (text) => text.endsWith('/oidc') && URL.canParse(text) && new URL(text).pathname === '/oidc',
        'must be the public address of the gateway with the path /oidc',
      ),
      /** Where calls come from that name another address as theirs (the gateway): addresses, networks, or their usual names. */
      HEDUI_TRUSTED_PROXIES: z
        .string()
        .default('loopback,uniquelocal')
        .transform((list) => list.split(',').map((one) => one.trim())),
      /** Path of the key file that seals the signing keys at rest and signs cookies. */
      HEDUI_IDENTITY_KEYS: z.string().min(1),
      /** Users and clients to make when they are not there: a file that only this service may read. */
      HEDUI_FIRST_LOGINS: z.string().min(1).optional(),
      /** Words that people of this office would put into passwords (its name, its town), one a line: a file. */
      HEDUI_PASSWORD_WORDS: z.string().min(1).optional(),
      /** How long an access token holds, in seconds. It cannot be taken back, so it is short. */
      HEDUI_TOKEN_SECONDS: positive(600).refine((seconds) => seconds <= DAY, 'at most a day'),
      /** How long a person may be away before the next login, in seconds. */
      HEDUI_REFRESH_SECONDS: positive(DAY / 2),
      /** After how many seconds of refreshing a person has to log in again all the same. */
      HEDUI_LOGIN_SECONDS: positive(7 * DAY),
      /** How many logins of one person hold at a time: the oldest ends when there is another. */
      HEDUI_LOGINS_PER_PERSON: positive(5),
      /** After how many days a new signing key is made by itself. */
      HEDUI_SIGNING_KEY_DAYS: positive(90),
      /** How long a new signing key is published before it signs, in seconds, so that every service knows it. */
      HEDUI_SIGNING_KEY_NOTICE: positive(60),
    }),
  );
/** What the app reads; the key of the audit log is opened by whoever starts it. */
export type IdentityConfig = Omit<z.infer<typeof identitySchema>, 'HEDUI_AUDIT_KEY'>;

/** The only place of this service that reads the environment. */
export const loadConfig = (): z.infer<typeof identitySchema> => configOrExit(identitySchema);
