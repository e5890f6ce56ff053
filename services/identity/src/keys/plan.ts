/** A signing key by when it was made and from when it signs. */
export interface KeyTimes {
  kid: string;
  signsFrom: Date;
}

export type KeyState = 'waiting' | 'signing' | 'verifying' | 'ended';

export interface PlannedKey {
  kid: string;
  state: KeyState;
  /** When the last token that it signed has ended; null while it may still sign. */
  verifiesUntil: Date | null;
}

/**
 * What each key is for at `now`: the newest whose time has come signs, later ones wait, earlier ones verify until the tokens that they
 * signed have ended. `keys`: newest first. `tokenSeconds`: how long a token holds at most.
 */
export function planKeys(keys: readonly KeyTimes[], now: Date, tokenSeconds: number): PlannedKey[] {
  const signing = keys.findIndex(({ signsFrom }) => signsFrom <= now);
  return keys.map(({ kid }, i) => {
    if (signing < 0 || i < signing) return { kid, state: 'waiting', verifiesUntil: null };
    if (i === signing) return { kid, state: 'signing', verifiesUntil: null };
    const successor = keys[i - 1]?.signsFrom ?? now;
    const verifiesUntil = new Date(successor.getTime() + tokenSeconds * 1000);
    return { kid, state: verifiesUntil > now ? 'verifying' : 'ended', verifiesUntil };
  });
}
