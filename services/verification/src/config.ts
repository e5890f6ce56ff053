import { availableParallelism } from 'node:os';
import {
  auditSchema,
  configOrExit,
  databaseSchema,
  eventLogSchema,
  namedZoneSchema,
  positive,
  serviceSchema,
  url,
} from '@hedui/config';
import { z } from 'zod';
import { DEFAULT_SETTINGS, type Settings } from './settings.js';

const address = url('http', 'https');
const addresses = z.string().transform((text, context) => {
  const found = new Map<string, string>();
  for (const entry of text.split(',').filter((part) => part.trim() !== '')) {
    const [name = '', ...rest] = entry.trim().split('=');
    const at = address.safeParse(rest.join('='));
    if (!/^[a-z][a-z0-9_]*$/.test(name) || !at.success) {
      context.addIssue({ code: 'custom', message: 'must be a list of source=URL' });
      return z.NEVER;
    }
    found.set(name, at.data);
  }
  return found;
});

const schema = serviceSchema
  .extend(databaseSchema.shape)
  .extend(namedZoneSchema.shape)
  .extend(auditSchema.shape)
  .extend({
    REDIS_URL: url('redis', 'rediss').optional(),
    /** `tax=http://…,vehicle=http://…`: where the records behind findings are read. */
    HEDUI_SOURCES: addresses.default(new Map()),
    HEDUI_BATCH_MAX_BYTES: positive(DEFAULT_SETTINGS.maxBodyBytes),
    HEDUI_BATCH_MAX_ROWS: positive(DEFAULT_SETTINGS.maxRows),
    HEDUI_HOUSEHOLD_MAX_ROWS: positive(DEFAULT_SETTINGS.maxHouseholdRows),
    /** Threads that read large batches beside the service's own; each takes some 50 MB. More than there are cores bring nothing. */
    HEDUI_INTAKE_THREADS: positive(Math.min(2, availableParallelism())),
    HEDUI_OUTSTANDING_CHUNKS: positive(DEFAULT_SETTINGS.outstandingChunks),
    HEDUI_CENTRE_ZH: z.string().default(DEFAULT_SETTINGS.centre.zh),
    HEDUI_CENTRE_EN: z.string().default(DEFAULT_SETTINGS.centre.en),
    HEDUI_CENTRE_ADDRESS: z.string().optional(),
    HEDUI_CENTRE_TELEPHONE: z.string().optional(),
    HEDUI_OBJECTION_DAYS: positive(DEFAULT_SETTINGS.objectionDays),
    HEDUI_REPORT_MONTHS: positive(DEFAULT_SETTINGS.validMonths),
    HEDUI_RETENTION_MONTHS: positive(DEFAULT_SETTINGS.retentionMonths),
    HEDUI_GREEN_CHANNEL_DAYS: positive(DEFAULT_SETTINGS.greenChannelDays),
    HEDUI_UNMASKING_MINUTES: positive(DEFAULT_SETTINGS.unmaskingMinutes),
  })
  .and(eventLogSchema);

export type Config = z.infer<typeof schema>;

/** Reads the environment; prints every problem and exits 1 when it cannot be used. */
export function loadConfig(): Config {
  return configOrExit(schema);
}

export function settingsOf(config: Config): Settings {
  return {
    ...DEFAULT_SETTINGS,
    maxBodyBytes: config.HEDUI_BATCH_MAX_BYTES,
    maxRows: config.HEDUI_BATCH_MAX_ROWS,
    maxHouseholdRows: config.HEDUI_HOUSEHOLD_MAX_ROWS,
    outstandingChunks: config.HEDUI_OUTSTANDING_CHUNKS,
    centre: {
      zh: config.HEDUI_CENTRE_ZH,
      en: config.HEDUI_CENTRE_EN,
      address: config.HEDUI_CENTRE_ADDRESS,
      telephone: config.HEDUI_CENTRE_TELEPHONE,
    },
    objectionDays: config.HEDUI_OBJECTION_DAYS,
    validMonths: config.HEDUI_REPORT_MONTHS,
    retentionMonths: config.HEDUI_RETENTION_MONTHS,
    greenChannelDays: config.HEDUI_GREEN_CHANNEL_DAYS,
    unmaskingMinutes: config.HEDUI_UNMASKING_MINUTES,
  };
}
