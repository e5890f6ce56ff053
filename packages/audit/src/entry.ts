import type { Caller } from '@hedui/contracts';
import { birthDateOf18, widenResidentNumber } from '@hedui/identity-numbers';
import { canonical } from './proof/canonical.js';

/** Who did it. `department` is the office: a department's code for a system, else null. */
export interface AuditActor {
  subject: string;
  roles: readonly string[];
  department: string | null;
}

/** What was looked at or changed, e.g. `{ kind: 'report', id: 'R…' }`. Never a person's number or name. */
export interface AuditObject {
  kind: string;
  id: string;
}

export type AuditDetails = Readonly<Record<string, string | number | boolean | null>>;

/** What is to be recorded. Time, number and hashes are given by the log. */
export interface NewAuditEntry {
  /** Stable, lower case, dotted: `report.read`, `policy.publish`. */
  action: string;
  actor: AuditActor;
  object: AuditObject;
  /** What for, one of PURPOSES. */
  purpose?: string | null | undefined;
  /** Region code of what was looked at. */
  region?: string | null | undefined;
  correlationId?: string | null | undefined;
  /** Flat; never a person's number or name. */
  details?: AuditDetails | undefined;
  /** What an entry for many households covers: how many, and the Merkle root over them (64 hexadecimal digits). */
  covers?: { count: number; root: string } | undefined;
}

/** Something that the service did by itself. */
export const SYSTEM: AuditActor = { subject: 'system', roles: [], department: null };

/** The caller as entries name it. A subject that is itself an identity number is not kept (see `safeId`). */
export function actorOf(caller: Pick<Caller, 'subject' | 'roles' | 'department'>): AuditActor {
  return {
    subject: safeId(caller.subject),
    roles: caller.roles,
    department: caller.department === null ? null : safeId(caller.department),
  };
}

/** Thrown for an entry that would carry a person's data into the log, or that has no proper form: a fault of the program. */
export class AuditEntryRefused extends Error {
  readonly code = 'AUDIT_ENTRY_REFUSED';
  constructor(field: string) {
    super(`an audit entry was refused: ${field} is not a plain identifier without a person's data`);
    this.name = 'AuditEntryRefused';
  }
}

/** Identifiers, codes, dates: never a name in Chinese characters, never a line of text. */
const plain = /^[\x20-\x7e]{0,200}$/;
const LONG_DIGITS = /(?<![0-9])(?:[0-9]{17}[0-9Xx]|[0-9]{15})(?![0-9])/g;

/** True when `text` holds a resident identity number of 18 characters, or of 15 digits. */
export function holdsIdentityNumber(text: string): boolean {
  for (const [digits] of text.matchAll(LONG_DIGITS)) {
    const eighteen = digits.length === 15 ? widenResidentNumber(digits) : digits.toUpperCase();
    if (eighteen !== null && birthDateOf18(eighteen) !== null) return true;
  }
  return false;
}

export const isSafe = (text: string): boolean => plain.test(text) && !holdsIdentityNumber(text);

/** `text` when it may stand in an entry, else a word that says that it was withheld. For ids that others choose. */
export function safeId(text: string): string {
  return isSafe(text) ? text : '(withheld)';
}

const actionForm = /^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+$/;

/** Canonical text of what an entry says. Throws AuditEntryRefused. */
export function entryText(entry: NewAuditEntry): string {
  const { action, actor, object, details = {}, covers } = entry;
  if (!actionForm.test(action)) throw new AuditEntryRefused('action');
  const texts: [string, string | null | undefined][] = [
    ['actor.subject', actor.subject],
    ['actor.department', actor.department],
    ...actor.roles.map((role): [string, string] => ['actor.roles', role]),
    ['object.kind', object.kind],
    ['object.id', object.id],
    ['purpose', entry.purpose],
    ['region', entry.region],
    ['correlationId', entry.correlationId],
  ];
  for (const [key, value] of Object.entries(details)) {
    texts.push(['a key of details', key]);
    if (typeof value === 'string') texts.push([`details.${key}`, value]);
    if (typeof value === 'number') texts.push([`details.${key}`, String(value)]);
  }
  for (const [field, text] of texts) if (text != null && !isSafe(text)) throw new AuditEntryRefused(field);
  if (covers && !(/^[0-9a-f]{64}$/.test(covers.root) && covers.count >= 0)) throw new AuditEntryRefused('covers');
  return canonical({
    action,
    actor: { subject: actor.subject, roles: [...actor.roles], department: actor.department },
    correlationId: entry.correlationId ?? null,
    covers: covers ? { count: covers.count, root: covers.root } : null,
    details,
    object: { kind: object.kind, id: object.id },
    purpose: entry.purpose ?? null,
    region: entry.region ?? null,
  });
}
