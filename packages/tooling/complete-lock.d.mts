/** An entry of package-lock.json, as far as this program looks at it. */
export interface LockEntry {
  version?: string;
  dev?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  [member: string]: unknown;
}
export interface Platform {
  os: string[];
  cpu: string[];
  libc?: string[];
}
export function platformOf(name: string): Platform | null;
export function completeLock(packages: Record<string, LockEntry>): {
  packages: Record<string, LockEntry>;
  added: string[];
  unknown: string[];
};
export function outdatedWorkspaces(
  packages: Record<string, LockEntry>,
  read: (workspace: string) => LockEntry,
): string[];
