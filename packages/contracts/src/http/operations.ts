import { z } from 'zod';
import { letterAboutSchema } from '../letters.js';

export const LETTER_STATES = ['open', 'replayed', 'mended', 'discarded'] as const;
export type LetterState = (typeof LETTER_STATES)[number];

/** Why a dead letter is given up. A code, for a sentence would soon hold a name. */
export const DISCARD_REASONS = ['not_ours', 'obsolete', 'settled_elsewhere', 'cannot_be_processed', 'test'] as const;

export const discardSchema = z
  .object({
    reason: z.enum(DISCARD_REASONS),
    reference: z
      .string()
      .regex(/^[A-Za-z0-9._/-]{1,64}$/)
      .optional()
      .describe('number of the case or ticket; never of a person'),
  })
  .meta({ id: 'DeadLetterDiscard' });
export type Discard = z.infer<typeof discardSchema>;

/** A dead letter as operators see it: where it comes from and why, never what it holds. */
export const deadLetterViewSchema = z
  .object({
    id: z.string(),
    topic: z.string(),
    partition: z.int(),
    offset: z.string().nullable().describe('null: it never reached the topic'),
    consumer: z.string().describe('who could not process it'),
    reason: z.string(),
    about: letterAboutSchema,
    eventType: z.string().nullable().describe('null: it cannot be read'),
    correlationId: z.string().nullable(),
    size: z.int().describe('bytes'),
    at: z.string(),
    times: z.int().describe('how often it came'),
    state: z.enum(LETTER_STATES),
    replayable: z.boolean().describe('its own bytes can be processed again'),
    mendable: z.boolean().describe('its origin can make it anew'),
    decidedBy: z.string().nullable(),
    decidedAt: z.string().nullable(),
    decision: discardSchema.nullable(),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetterView = z.infer<typeof deadLetterViewSchema>;
export const deadLettersPageSchema = z.object({ items: z.array(deadLetterViewSchema), next: z.string().nullable() });
export const deadLettersQuerySchema = z.object({
  state: z.enum(LETTER_STATES).optional().describe('default: every state'),
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1000).optional().describe('default 100'),
});

const text = z.object({ zh: z.string(), en: z.string() });
export const CHECK_STATES = ['ok', 'warning', 'broken'] as const;
export type CheckState = (typeof CHECK_STATES)[number];

/** One thing that was looked at. */
export const healthCheckSchema = z
  .object({
    check: z.string().describe('stable code, such as OUTBOX'),
    state: z.enum(CHECK_STATES),
    seen: text.describe('what was seen'),
    todo: text.nullable().describe('what to do about it; null when nothing'),
  })
  .meta({ id: 'HealthCheck' });
export type HealthCheck = z.infer<typeof healthCheckSchema>;

/** What a service says of itself. `facts` are figures that are compared between services. */
export const serviceHealthSchema = z
  .object({
    service: z.string(),
    now: z.string().describe('its clock'),
    checks: z.array(healthCheckSchema),
    facts: z.record(z.string(), z.int()),
  })
  .meta({ id: 'ServiceHealth' });
export type ServiceHealth = z.infer<typeof serviceHealthSchema>;

export const doctorSchema = z
  .object({
    state: z.enum(CHECK_STATES).describe('the worst of all'),
    at: z.string(),
    items: z.array(healthCheckSchema.extend({ service: z.string() })),
  })
  .meta({ id: 'Doctor' });
export type Doctor = z.infer<typeof doctorSchema>;
export const serviceHealthQuerySchema = z.object({
  service: z
    .string()
    .optional()
    .describe('a source, `verification`, `reporting`, `matcher` or `identity`; default `verification`'),
});
