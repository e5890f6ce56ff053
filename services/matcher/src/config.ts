import { configOrExit, databaseSchema, eventLogSchema, positive, serviceSchema } from '@hedui/config';
import { z } from 'zod';

/** How long chunks wait for what may still come (README, Waiting). */
const waitSchema = z.object({
  MATCHER_POLICY_WAIT_MS: positive(60_000),
  MATCHER_LOAD_WAIT_MS: positive(60_000),
  MATCHER_REBUILD_WAIT_MS: positive(600_000),
  MATCHER_POLL_MS: positive(100),
});

const memorySchema = z.object({
  /** Profiles that batches keep in memory (README, Profiles in memory), in MiB; 0: none. */
  MATCHER_RESIDENT_PROFILES_MB: z.coerce.number().int().min(0).max(16_384).default(256),
});

export const matcherSchema = serviceSchema.and(databaseSchema).and(eventLogSchema).and(waitSchema).and(memorySchema);
export type MatcherConfig = z.infer<typeof matcherSchema>;

/** The only place of this service that reads the environment. */
export const loadConfig = (): MatcherConfig => configOrExit(matcherSchema);
