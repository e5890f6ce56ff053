import type { Dispatcher } from 'undici';

/** The first address of a service → all of its addresses: processes that share its database, any of which answers any call. */
export type Instances = ReadonlyMap<string, readonly string[]>;

/** An address that refused a connection is asked last for so long. */
const AWAY_MS = 2_000;
/** Nothing of the request has been sent: another instance may be asked, whatever the method. */
const NOT_CONNECTED = /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT)$/;

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

/**
 * Sends each request for a service of several addresses to the next of them in turn, and to the one after when no connection can be
 * made. A request that reached an instance is never sent to another: it may have had its effect.
 */
export function amongInstances(
  instances: Instances,
  now: () => number = Date.now,
): Dispatcher.DispatcherComposeInterceptor {
  const turns = new Map<string, number>();
  const away = new Map<string, number>();

  function inTurn(service: string, all: readonly string[]): string[] {
    const turn = turns.get(service) ?? 0;
    turns.set(service, (turn + 1) % all.length);
    const rotated = [...all.slice(turn), ...all.slice(0, turn)];
    const isAway = (address: string) => (away.get(address) ?? 0) > now();
    return [...rotated.filter((address) => !isAway(address)), ...rotated.filter(isAway)];
  }

  return (dispatch) => (options, handler) => {
    const service = String(options.origin ?? '');
    const all = instances.get(service) ?? [];
    if (all.length < 2) return dispatch(options, handler);
    const left = inTurn(service, all);
    const ask = (): boolean => {
      const origin = left.shift() ?? service;
      const another = () => {
        away.set(origin, now() + AWAY_MS);
        if (left.length === 0) return false;
        ask();
        return true;
      };
      return dispatch({ ...options, origin }, unlessUnconnected(handler, another));
    };
    return ask();
  };
}

/** A handler that hears of an error only when `another` does not take the request over. */
function unlessUnconnected(handler: Dispatcher.DispatchHandler, another: () => boolean): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (...told) => handler.onRequestStart?.(...told),
    onRequestUpgrade: (...told) => handler.onRequestUpgrade?.(...told),
    onResponseStart: (...told) => handler.onResponseStart?.(...told),
    onResponseData: (...told) => handler.onResponseData?.(...told),
    onResponseEnd: (...told) => handler.onResponseEnd?.(...told),
    onResponseError(controller, error) {
      if (NOT_CONNECTED.test(codeOf(error)) && another()) return;
      handler.onResponseError?.(controller, error);
    },
  };
}
