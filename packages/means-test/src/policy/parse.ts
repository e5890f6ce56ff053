import type { InputError } from '@hedui/contracts';
import type { z } from 'zod';
import { canonicalJson, sha256Hex } from './canonical.js';
import { compilePolicy, type Policy } from './compile.js';
import { type PolicyDocument, policyDocumentSchema } from './document.js';
import type { DocumentPath, Locator } from './locate.js';
import { type MeaningProblem, meaningProblems, meaningWarnings } from './meaning.js';
import { readDocument } from './read.js';
import { type PolicyErrorCode, rule } from './rules.js';

export type ParsedPolicy =
  | {
      ok: true;
      policy: Policy;
      /** The document as JSON with sorted keys: what is stored, sent and compared. */
      canonical: string;
      /** sha256 of `canonical`, hexadecimal. */
      digest: string;
      /** Allowed but seldom meant, with line and key. */
      warnings: InputError[];
    }
  | { ok: false; errors: InputError[] };

/**
 * Reads, checks and compiles a policy document. Errors carry the line in the document and the dotted key path as column;
 * all errors of a stage are told at once (syntax, then form, then meaning). Never throws on any text.
 */
export function parsePolicy(text: string, format: 'yaml' | 'json'): ParsedPolicy {
  const read = readDocument(text, format);
  if (!read.ok) return { ok: false, errors: read.problems.map((problem) => ({ column: null, ...problem })) };
  const checked = policyDocumentSchema.safeParse(read.value);
  if (!checked.success) {
    return { ok: false, errors: sorted(checked.error.issues.flatMap((i) => formErrors(i, read.value, read.lines))) };
  }
  const asError = (p: MeaningProblem): InputError =>
    inputError('POLICY_MEANING', p.path, read.lines, rule('POLICY_MEANING', p.zh, p.en));
  const problems = meaningProblems(checked.data);
  if (problems.length > 0) return { ok: false, errors: sorted(problems.map(asError)) };
  const canonical = canonicalJson(checked.data);
  return {
    ok: true,
    policy: compilePolicy(checked.data),
    canonical,
    digest: sha256Hex(canonical),
    warnings: sorted(meaningWarnings(checked.data).map(asError)),
  };
}

/**
 * The document of canonical text that `parsePolicy` gave, its keys in the order of README §13. What was published stays: checks of
 * meaning that were added since then are not asked. Throws TypeError when it is not such a text.
 */
export function policyDocumentOf(canonical: string): PolicyDocument {
  const read = readDocument(canonical, 'json');
  const checked = read.ok ? policyDocumentSchema.safeParse(read.value) : null;
  if (!checked?.success) throw new TypeError('the stored policy document is not valid');
  return checked.data;
}

/** Compiles canonical text that `parsePolicy` gave; throws TypeError when it is not such a text. */
export function policyFromCanonical(canonical: string): Policy {
  return compilePolicy(policyDocumentOf(canonical));
}

function inputError(code: PolicyErrorCode, path: DocumentPath, lines: Locator, text: string): InputError {
  return { line: lines.lineOf(path), column: path.length === 0 ? null : path.join('.'), code, rule: text };
}

function sorted(errors: InputError[]): InputError[] {
  return errors.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

type Issue = z.core.$ZodIssue;

function formErrors(issue: Issue, document: unknown, lines: Locator): InputError[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => inputError('POLICY_KEY_UNKNOWN', [...path, key], lines, rule('POLICY_KEY_UNKNOWN')));
  }
  if (issue.code === 'invalid_key') {
    const known = path[0] === 'effects' || path.at(-2) === 'effects';
    const code = known ? 'POLICY_KEY_UNKNOWN' : 'POLICY_VALUE_INVALID';
    return [inputError(code, path, lines, rule(code, ...reason(issue.issues[0] ?? issue)))];
  }
  if (isAbsent(document, path)) {
    return [inputError('POLICY_KEY_MISSING', path, lines, rule('POLICY_KEY_MISSING'))];
  }
  return [inputError('POLICY_VALUE_INVALID', path, lines, rule('POLICY_VALUE_INVALID', ...reason(issue)))];
}

/** The reason in both languages; a schema's own texts are written `zh / en`. */
function reason(issue: { code?: string | undefined; message: string }): [zh: string, en: string] {
  const [zh, en] = issue.message.split(' / ');
  return zh !== undefined && en !== undefined ? [zh, en] : ['', issue.message];
}

function isAbsent(document: unknown, path: DocumentPath): boolean {
  let value = document;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return false;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value === undefined && path.length > 0;
}
