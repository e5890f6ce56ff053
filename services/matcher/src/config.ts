import { configOrExit, databaseSchema, eventLogSchema, positive, serviceSchema } from '@hedui/config';
import { z } from 'zod';

/** How long chunks wait for what may still come (README, Waiting). */
const waitSchema = z.object({
  MATCHER_POLICY_WAIT_MS: positive(60_000),
  MATCHER_LOAD_WAIT_MS: positive(60_000),
  MATCHER_REBUILD_WAIT_MS: positive(600_000),
  MATCHER_POLL_MS: positive(100),
});

export const matcherSchema = serviceSchema.and(databaseSchema).and(eventLogSchema).and(waitSchema);
export type MatcherConfig = z.infer<typeof matcherSchema>;

/** The only place of this service that reads the environment. */
export const loadConfig = (): MatcherConfig => configOrExit(matcherSchema);
