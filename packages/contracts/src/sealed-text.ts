/**
 * A text that a department gave and that would name somebody (a record id that holds an identity number) crosses the blind zone
 * sealed: `~1.`, the version of the key, a dot, base64url. Equal texts give equal sealed texts under one key. The blind zone can tell
 * that a text is sealed and nothing more; who holds the pseudonym keys opens it (packages/privacy). Every text that begins so is taken
 * for a sealed one: one that a department wrote that way is sealed too.
 */
export const SEALED_TEXT = '~1.';

export function isSealedText(text: string): boolean {
  return text.startsWith(SEALED_TEXT);
}
