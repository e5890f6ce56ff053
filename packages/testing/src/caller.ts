import { type Caller, EVERYWHERE, PURPOSES, ROLES } from '@hedui/contracts';

/** A caller who may do everything everywhere, but for what `over` says. */
export function everyone(over: Partial<Caller> = {}): Caller {
  return {
    subject: 'everyone',
    roles: ROLES,
    regions: [EVERYWHERE],
    purposes: PURPOSES,
    sources: ['*'],
    department: null,
    secondedBy: 'second',
    ...over,
  };
}
