import { z } from 'zod';
import { ID_TYPES, RELATIONS, SOURCES, VERIFICATION_TYPES } from '../registry.js';
import { PURPOSES } from './access.js';
import { dateText } from './loads.js';

/** `signed` by the person; by a `guardian` for one who cannot; `green_channel`: provisional, the signature follows by a day. */
export const AUTHORISATION_KINDS = ['signed', 'guardian', 'green_channel'] as const;
export type AuthorisationKind = (typeof AUTHORISATION_KINDS)[number];

/** Why an authorisation ended before its end: taken back; the household was found not eligible; the owed signature never came. */
export const AUTHORISATION_ENDINGS = ['withdrawn', 'not_eligible', 'unsigned'] as const;
export type AuthorisationEnding = (typeof AUTHORISATION_ENDINGS)[number];

const sourceName = z.enum(SOURCES);
/** A document as it is written on paper; read by the rules of the batch file. */
const documentShape = {
  idType: z
    .string()
    .max(40)
    .optional()
    .describe(`${ID_TYPES.join(' | ')}; default resident_id`),
  idNumber: z.string().min(1).max(100),
};
export const personDocumentSchema = z.object(documentShape).meta({ id: 'PersonDocument' });

export const authorisationRequestSchema = z
  .object({
    authorisationNo: z.string().trim().min(1).max(200),
    person: personDocumentSchema,
    kind: z.enum(AUTHORISATION_KINDS).optional().describe('default signed'),
    guardian: z
      .object({
        ...documentShape,
        name: z.string().trim().min(1).max(200),
        standing: z.string().trim().max(200).optional(),
      })
      .optional()
      .describe('who signed, with kind guardian only; standing: by what right'),
    purposes: z.array(z.enum(PURPOSES)).min(1).max(PURPOSES.length),
    sources: z.array(sourceName).min(1).max(SOURCES.length).optional().describe('left out: every source'),
    region: z
      .string()
      .regex(/^\d{6}(\d{3})?$/)
      .describe('of the office that took the paper'),
    signedOn: dateText.describe('green_channel: the day on which it was allowed'),
    until: dateText.nullable().optional().describe('null: while assisted'),
    dueOn: dateText.optional().describe('green_channel: last day for the signature; left out: the setting, ten days'),
  })
  .meta({ id: 'AuthorisationRequest' });
export type AuthorisationRequest = z.infer<typeof authorisationRequestSchema>;

const endingSchema = z.object({
  reason: z.enum(AUTHORISATION_ENDINGS),
  endedAt: z.string(),
  programme: z.string().nullable().describe('null: for every programme'),
});

/** A registered paper; the person is masked. */
export const authorisationSchema = z
  .object({
    id: z.string(),
    authorisationNo: z.string(),
    person: z.object({ idType: z.enum(ID_TYPES), idNumber: z.string().describe('masked') }),
    kind: z.enum(AUTHORISATION_KINDS),
    guardian: z
      .object({ idType: z.enum(ID_TYPES), idNumber: z.string(), name: z.string(), standing: z.string().nullable() })
      .nullable()
      .describe('masked'),
    purposes: z.array(z.enum(PURPOSES)),
    sources: z.array(sourceName).nullable().describe('null: every source'),
    region: z.string(),
    signedOn: dateText,
    until: dateText.nullable(),
    dueOn: dateText.nullable(),
    signatureOn: dateText.nullable().describe('green_channel: when the signature came'),
    state: z.enum(['in_force', 'provisional', 'not_yet', 'expired', 'ended']),
    endings: z.array(endingSchema),
    registeredAt: z.string(),
  })
  .meta({ id: 'Authorisation' });
export type Authorisation = z.infer<typeof authorisationSchema>;

export const signatureRequestSchema = z
  .object({ signedOn: dateText, until: dateText.nullable().optional() })
  .meta({ id: 'SignatureRequest' });

export const withdrawalRequestSchema = z
  .object({
    authorisationNo: z.string().trim().min(1).max(200),
    person: personDocumentSchema,
    reason: z.string().trim().min(1).max(1000),
  })
  .meta({ id: 'WithdrawalRequest' });
export type WithdrawalRequest = z.infer<typeof withdrawalRequestSchema>;

export const withdrawalSchema = z
  .object({
    authorisationNo: z.string(),
    withdrawnAt: z.string().describe('of the first withdrawal: the same again changes nothing'),
    stopped: z
      .int()
      .describe('households whose verification was under way and that get no report, by this withdrawal so far'),
    issued: z.int().describe('reports issued before: they stand, and nothing more is asked about them'),
  })
  .meta({ id: 'Withdrawal' });
export type Withdrawal = z.infer<typeof withdrawalSchema>;

/** What was asked about one person, and by what right; nobody else stands in it. */
export const citizenAccountSchema = z
  .object({
    person: z.object({ idType: z.enum(ID_TYPES), idNumber: z.string().describe('masked') }),
    queries: z.array(
      z.object({
        reportNo: z.string(),
        relation: z.enum(RELATIONS).describe('what the person was in the household'),
        programme: z.string(),
        purpose: z.enum(PURPOSES),
        verificationType: z.enum(VERIFICATION_TYPES),
        region: z.string(),
        office: z.string().nullable().describe('the department that asked; null: the centre itself'),
        asOf: dateText,
        askedAt: z.string().nullable().describe('null: nothing was asked of any source'),
        state: z.enum(['under_way', 'reported', 'withdrawn', 'unauthorised', 'cancelled']),
        authorisationNo: z.string().nullable().describe('null: a minor, for whom none is needed'),
        authorisedOn: dateText.nullable(),
        authorisedUntil: dateText.nullable(),
        sources: z.array(z.object({ source: z.string(), state: z.string() })),
      }),
    ),
    authorisations: z.array(authorisationSchema).describe('papers registered ahead'),
    endings: z.array(endingSchema.extend({ authorisationNo: z.string() })),
    elsewhere: z.int().describe('queries outside the caller’s regions or purposes: their offices can tell'),
  })
  .meta({ id: 'CitizenAccount' });
export type CitizenAccount = z.infer<typeof citizenAccountSchema>;
