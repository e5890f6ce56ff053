import { ROLES, ROUTES, type Role, type RouteContract, type RouteName } from '@hedui/contracts';
import {
  ALSO_ALLOWED,
  absent,
  COLLECTIONS,
  COUNTED,
  COUNTED_PLACE,
  callerOf,
  INSIDE,
  type Objects,
  objectOf,
  sentOf,
} from './fixtures.js';
import type { Answered, Mesh, Sent } from './mesh.js';

/** One question: who asks, from where, about whose object. */
export interface Cell {
  route: RouteName;
  role: Role;
  inside: boolean;
  own: boolean;
}

const CONTRACTS: Readonly<Record<string, RouteContract>> = ROUTES;

/** Every route × every role × {inside, outside its region} × {own, another department's object}. */
export function cells(): Cell[] {
  const both = [true, false];
  return (Object.keys(ROUTES) as RouteName[]).flatMap((route) =>
    ROLES.flatMap((role) => both.flatMap((inside) => both.map((own) => ({ route, role, inside, own })))),
  );
}

export function contractOf(route: RouteName): RouteContract {
  const contract = CONTRACTS[route];
  if (contract === undefined) throw new RangeError(`there is no route ${route}`);
  return contract;
}

const nameOf = ({ route, role, inside, own }: Cell) =>
  `${route} by ${role}, ${inside ? 'inside' : 'outside'}, ${own ? 'own' : "another's"} object`;

/** An answer without what differs from call to call. */
const form = ({ status, text }: Answered): string => {
  if (status !== 404) return `${status} ${text}`;
  const { correlationId: _, instance: __, ...problem } = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify({ status, ...problem });
};

const isAllowed = (contract: RouteContract, { status }: Answered): boolean =>
  ALSO_ALLOWED[contract.id as RouteName]?.includes(status) ||
  (status in contract.responses && status < 500 && ![401, 403, 404, 408, 429].includes(status));

/**
 * What is wrong with the answer in a cell; null when it is as the table of access says. This is written from the rules as people know them,
 * not from the program: the role first (403), then the reach.
 */
export async function faultOf(
  mesh: Mesh,
  cell: Cell,
  owners: { own: Objects; other: Objects },
): Promise<string | null> {
  const { role, inside, own } = cell;
  const contract = contractOf(cell.route);
  const objects = own ? owners.own : owners.other;
  const caller = callerOf(role, inside, own, COUNTED[cell.route]?.inside ?? [INSIDE]);
  const ask = (sent: Sent) => mesh.ask(contract, sent, caller);
  const fault = (wanted: string, got: Answered) =>
    `${nameOf(cell)}: ${wanted}, but got ${got.status} ${got.text.slice(0, 200)}`;

  // Nothing is made for a call that its role is refused anyway.
  const mayCall = contract.access.includes(role);
  const object = await objectOf(contract, mayCall ? objects : { ...objects, erasure: async () => objects.unmasking });
  const collection = contract.reach === 'households' && object === null ? COLLECTIONS[cell.route] : undefined;
  const sent = collection ? collection.sent(objects) : sentOf(contract, object);
  const answer = await ask(sent);
  if (!mayCall) return answer.status === 403 ? null : fault('403 for this role', answer);

  switch (contract.reach) {
    case 'nothing':
      // Whoever may call it may be told that what it names is not there.
      return isAllowed(contract, answer) || answer.status === 404 ? null : fault('an answer', answer);
    case 'source': {
      if (own) return isAllowed(contract, answer) ? null : fault('an answer about its own source', answer);
      if (object === null) return answer.status === 403 ? null : fault('403 for another source', answer);
      const none = await ask(sentOf(contract, absent(object)));
      return form(answer) === form(none) && none.status === 404
        ? null
        : fault(`as if it were not there (${none.text})`, answer);
    }
    case 'region':
      return await regionFault(cell, contract, answer, ask, fault);
    case 'households': {
      const inReach = inside && (role !== 'department' || own || collection?.ownDoing === true);
      if (collection) {
        const shown = collection.shown(answer, objects);
        return shown === inReach
          ? null
          : fault(inReach ? 'what lies in reach' : 'nothing of what lies out of reach', answer);
      }
      if (object === null) return fault('an object', answer);
      if (inReach) return isAllowed(contract, answer) ? null : fault('an answer', answer);
      const none = await ask(sentOf(contract, absent(object)));
      return form(answer) === form(none) && none.status === 404
        ? null
        : fault(`as if it were not there (${none.text})`, answer);
    }
  }
}

async function regionFault(
  { route, inside }: Cell,
  contract: RouteContract,
  answer: Answered,
  ask: (sent: Sent) => Promise<Answered>,
  fault: (wanted: string, got: Answered) => string,
): Promise<string | null> {
  const rule = COUNTED[route];
  if (rule === undefined) throw new Error(`no fixture for ${route}: say in fixtures.ts what it counts by region`);
  if (inside) {
    if (!isAllowed(contract, answer)) return fault('an answer', answer);
  } else if (answer.status !== 403 && (answer.status !== 200 || answer.text.includes(COUNTED_PLACE))) {
    return fault('nothing of another region', answer);
  }
  if (rule.filter === undefined) return null;
  const { method, url } = sentOf(contract, null);
  const filtered = await ask({ method, url: `${url}${url.includes('?') ? '&' : '?'}${rule.filter}` });
  const wanted = inside ? 200 : 403;
  return filtered.status === wanted ? null : fault(`${wanted} with ${rule.filter}`, filtered);
}
