export interface Exception {
  /** The advisory: GHSA-xxxx-xxxx-xxxx. */
  id: string;
  why: string;
  /** YYYY-MM-DD, at most a quarter of a year ahead. */
  until: string;
}
export declare function judge(
  audit: { vulnerabilities?: Record<string, { via: readonly (string | object)[] }> },
  exceptions: readonly Exception[],
  today: string,
): { known: number; problems: string[] };
