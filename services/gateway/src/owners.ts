import type { RouteContract } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';

/** Where the services behind the gateway are. */
export interface Upstreams {
  sources: ReadonlyMap<string, string>;
  verification: string;
  reporting: string;
  /** Null: tokens come from an issuer elsewhere, where its users are managed too. */
  identity: string | null;
  /** It answers nothing but how it is; null: it is not asked. */
  matcher?: string | null;
}

/** `<source>-<uuid>` */
const loadId = /^([a-z][a-z0-9_]*)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function sourceOf(params: Readonly<Record<string, string>>, sources: Upstreams['sources']): string {
  if (params.source !== undefined) {
    const origin = sources.get(params.source);
    if (origin === undefined) throw new HeduiError('SOURCE_UNKNOWN');
    return origin;
  }
  const origin = sources.get(loadId.exec(params.id ?? '')?.[1] ?? '');
  if (origin === undefined) throw new HeduiError('NOT_FOUND');
  return origin;
}

/**
 * The address of the service that answers a route: for a source the one that the path or the load id names. Throws
 * SOURCE_UNKNOWN, or NOT_FOUND for a load id of no source and for a `service` that is not there.
 */
export function originOf(
  contract: RouteContract,
  params: Readonly<Record<string, string>>,
  upstreams: Upstreams,
  service?: unknown,
): string {
  switch (contract.owner) {
    case 'source':
      return sourceOf(params, upstreams.sources);
    case 'verification':
      return upstreams.verification;
    case 'reporting':
      return upstreams.reporting;
    case 'identity':
      if (upstreams.identity === null) throw new HeduiError('NOT_FOUND');
      return upstreams.identity;
    case 'named':
      return namedOrigin(service ?? 'verification', upstreams);
    case 'gateway':
      throw new HeduiError('INTERNAL', { detail: 'the gateway answers this route itself' });
  }
}

function namedOrigin(service: unknown, upstreams: Upstreams): string {
  const found = everyService(upstreams).find(([name]) => name === service);
  if (found === undefined) throw new HeduiError('NOT_FOUND');
  return found[1];
}

/** Those of `allUpstreams` and the matcher, which calls from outside do not reach otherwise. */
export function everyService(upstreams: Upstreams): [name: string, origin: string][] {
  const all = allUpstreams(upstreams);
  return upstreams.matcher ? [...all, ['matcher', upstreams.matcher]] : all;
}

/** Every service behind the gateway by the name under which /ready lists it. */
export function allUpstreams(upstreams: Upstreams): [name: string, origin: string][] {
  return [
    ...[...upstreams.sources].map(([name, origin]): [string, string] => [name, origin]),
    ['verification', upstreams.verification],
    ['reporting', upstreams.reporting],
    ...(upstreams.identity === null ? [] : [['identity', upstreams.identity] satisfies [string, string]]),
  ];
}
