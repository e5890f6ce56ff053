import { configOrExit, databaseSchema, eventLogSchema, serviceSchema } from '@hedui/config';
import type { z } from 'zod';

export const reportingSchema = serviceSchema.and(databaseSchema).and(eventLogSchema);
export type ReportingConfig = z.infer<typeof reportingSchema>;

/** The only place of this service that reads the environment. */
export const loadConfig = (): ReportingConfig => configOrExit(reportingSchema);
