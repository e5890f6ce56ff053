import { readFile } from 'node:fs/promises';
import type { InputError } from '@hedui/contracts';
import { FileProblem } from './files.js';

/** A policy document as it is sent: `.json` is JSON, everything else YAML. Throws FileProblem. */
export async function readPolicyFile(file: string): Promise<{ text: string; contentType: string }> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new FileProblem(`${file} cannot be read`);
  });
  return { text, contentType: /\.json$/i.test(file) ? 'application/json' : 'application/yaml' };
}

/** `FILE:LINE key CODE rule`, which editors and terminals make a link of; line 1 and `-` where the service names none. */
export function placeText(file: string, { line, column, code, rule }: InputError): string {
  return `${file}:${line ?? 1} ${column ?? '-'} ${code} ${rule}`;
}
