import { z } from 'zod';

const told = z.object({
  service: z.string(),
  /** A record type as `source/type`, or empty. */
  about: z.string(),
  step: z.string(),
  done: z.int(),
  total: z.int().nullable(),
  at: z.iso.datetime(),
});

/** How far the rotations of keys are: `GET /v1/keys/rotations`. Versions are names; no key material is in it. */
export const keyRotationsSchema = z.object({
  /** The version under which new households are taken in. */
  pseudonyms: z.string(),
  items: z.array(
    z.object({
      kind: z.enum(['pseudonyms', 'ring']),
      from: z.string().nullable(),
      to: z.string(),
      step: z.enum(['preparing', 'draining', 'clearing', 'resealing', 'done']),
      startedAt: z.iso.datetime(),
      finishedAt: z.iso.datetime().nullable(),
      /** True when the version before may be taken out of the key file. */
      removable: z.boolean(),
      /** What has not been done yet. */
      waitingFor: z.array(z.string()),
      progress: z.array(told),
    }),
  ),
});
export type KeyRotations = z.infer<typeof keyRotationsSchema>;
