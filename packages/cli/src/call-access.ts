import { ROUTES, type RouteContract } from '@hedui/contracts';

const ALL: readonly { contract: RouteContract; form: RegExp }[] = Object.values(ROUTES).map(
  (contract: RouteContract) => ({
    contract,
    form: new RegExp(`^${contract.path.replace(/:\w+/g, '[^/]+')}$`),
  }),
);

/** Roles that may make a call, in the order of its contract; none for an address that is no call. */
export function accessOf(method: 'GET' | 'POST', path: string): readonly string[] {
  const [plain = ''] = path.split('?', 1);
  return ALL.find(({ contract, form }) => contract.method === method && form.test(plain))?.contract.access ?? [];
}
