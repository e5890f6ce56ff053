import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

export interface SystemUser {
  name: string;
  uid: number;
  gid: number;
}

/**
 * The user that PostgreSQL runs as when this process is root, which PostgreSQL refuses to run as; null when this process
 * is an ordinary user.
 */
export function unprivilegedUser(): SystemUser | null {
  if (process.getuid?.() !== 0) return null;
  const users = new Map<string, SystemUser>();
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name && uid && gid && Number(uid) > 0) users.set(name, { name, uid: Number(uid), gid: Number(gid) });
  }
  return users.get('postgres') ?? users.get('nobody') ?? { name: 'nobody', uid: 65534, gid: 65534 };
}

/** Whether `user` can enter every folder on the way to `target` and read and run the target itself. */
export function canReach(target: string, user: SystemUser): boolean {
  const allows = (at: string, wanted: number) => {
    const { mode, uid, gid } = statSync(at);
    const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
    return ((mode >> shift) & wanted) === wanted;
  };
  try {
    for (let at = path.dirname(path.resolve(target)); ; at = path.dirname(at)) {
      if (!allows(at, 0o1)) return false;
      if (at === path.dirname(at)) break;
    }
    return allows(target, 0o5);
  } catch {
    return false;
  }
}
