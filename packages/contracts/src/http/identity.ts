import { z } from 'zod';
import { PURPOSES, ROLES } from './access.js';

/** Login names and ids of clients: they stand in logs and in the audit log, so they should not be a person's name. */
const handle = z
  .string()
  .regex(/^[a-z][a-z0-9-]{2,62}$/)
  .describe('3 to 63 lower-case letters, digits and hyphens, a letter first');
const regionCode = z
  .string()
  .regex(/^\d{6}(?:\d{3})?$/)
  .describe('region code of six or nine digits; 000000 is everywhere');
const password = z
  .string()
  .min(12)
  .max(200)
  .describe('12 to 200 characters; one that is easily guessed is refused (PASSWORD_GUESSABLE)');

/** What the tokens of a user or client say that their holder may do. */
export const rightsSchema = z.object({
  roles: z.array(z.enum(ROLES)).min(1).max(ROLES.length),
  regions: z.array(regionCode).max(200).default([]),
  purposes: z.array(z.enum(PURPOSES)).max(PURPOSES.length).default([]),
  sources: z
    .array(z.string().regex(/^(?:\*|[a-z][a-z0-9_]*)$/))
    .max(50)
    .default([])
    .describe('sources that a source officer answers for; * is every source'),
  department: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,62}$/)
    .nullable()
    .default(null)
    .describe('the department that it acts for; null: the centre itself'),
});
export type Rights = z.output<typeof rightsSchema>;

export const newUserSchema = rightsSchema.extend({
  login: handle,
  password: password.describe('the first one: it has to be changed at the first login'),
});
export const userSchema = rightsSchema
  .extend({
    id: z.string().describe('stands in tokens as sub'),
    login: z.string(),
    disabled: z.boolean(),
    mustChangePassword: z.boolean(),
    createdAt: z.string(),
    lastLoginAt: z.string().nullable(),
  })
  .meta({ id: 'User' });
export type User = z.output<typeof userSchema>;
export const userListSchema = z.object({ items: z.array(userSchema), next: z.string().nullable() });
export const newPasswordSchema = z.object({ password });

/** A public key as a client signs its assertions with (RFC 7523); never a private one. */
const publicJwk = z
  .looseObject({ kty: z.enum(['OKP', 'EC', 'RSA']), kid: z.string().max(200).optional() })
  .refine((key) => !('d' in key || 'k' in key), 'a public key, without its secret part');
export const clientCredentialsSchema = z
  .object({
    secret: z.string().min(32).max(200).optional().describe('at least 32 random characters; kept as a hash'),
    jwks: z
      .object({ keys: z.array(publicJwk).min(1).max(5) })
      .optional()
      .describe('public keys of private_key_jwt'),
  })
  .refine((given) => (given.secret === undefined) !== (given.jwks === undefined), 'either secret or jwks');
export const newClientSchema = rightsSchema.extend({
  id: handle,
  credentials: clientCredentialsSchema,
});
export const clientSchema = rightsSchema
  .extend({
    id: z.string(),
    method: z.enum(['client_secret_basic', 'private_key_jwt']),
    disabled: z.boolean(),
    createdAt: z.string(),
  })
  .meta({ id: 'Client' });
export type SystemClient = z.output<typeof clientSchema>;
export const clientListSchema = z.object({ items: z.array(clientSchema), next: z.string().nullable() });

export const signingKeySchema = z
  .object({
    kid: z.string(),
    alg: z.string(),
    state: z.enum(['waiting', 'signing', 'verifying']),
    createdAt: z.string(),
    signsFrom: z.string(),
    verifiesUntil: z.string().nullable().describe('when the last token that it signed has ended'),
  })
  .meta({ id: 'SigningKey' });
export type SigningKey = z.output<typeof signingKeySchema>;
export const signingKeysSchema = z.object({ items: z.array(signingKeySchema) });
