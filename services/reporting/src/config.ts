import { auditSchema, configOrExit, databaseSchema, eventLogSchema, serviceSchema } from '@hedui/config';
import type { z } from 'zod';

const appSchema = serviceSchema.and(databaseSchema).and(eventLogSchema);
/** What the app reads; the key of the audit log is opened by whoever starts it. */
export type ReportingConfig = z.infer<typeof appSchema>;

export const reportingSchema = appSchema.and(auditSchema);

/** The only place of this service that reads the environment. */
export const loadConfig = (): z.infer<typeof reportingSchema> => configOrExit(reportingSchema);
