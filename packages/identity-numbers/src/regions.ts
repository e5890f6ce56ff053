/** A region code (GB/T 2260): six digits, or nine for a township; the first two, the province, are not 00. */
export function isRegionCode(text: string): boolean {
  if (text.length !== 6 && text.length !== 9) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return !text.startsWith('00');
}
