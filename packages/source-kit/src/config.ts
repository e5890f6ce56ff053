import {
  auditSchema,
  configOrExit,
  databaseSchema,
  eventLogSchema,
  namedZoneSchema,
  positive,
  serviceSchema,
} from '@hedui/config';
import { z } from 'zod';

/** The environment of a source service; all five read the same. */
export const sourceConfigSchema = z
  .object({
    ...serviceSchema.shape,
    ...databaseSchema.shape,
    ...namedZoneSchema.shape,
    ...auditSchema.shape,
    /** A full load that would withdraw more than this share of what its scope holds … */
    HEDUI_WITHDRAWAL_PERCENT: z.coerce.number().int().min(0).max(100).default(20),
    /** … and more than so many records waits for a confirmation. */
    HEDUI_WITHDRAWAL_RECORDS: positive(100),
    /** What records said before is kept for so many months. */
    HEDUI_RETENTION_MONTHS: positive(60),
  })
  .and(eventLogSchema);
export type SourceConfig = z.infer<typeof sourceConfigSchema>;

/** Reads the environment, or prints every problem and exits 1. */
export const readSourceConfig = (): SourceConfig => configOrExit(sourceConfigSchema);
