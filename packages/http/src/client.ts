import { Agent, request } from 'undici';
import { type ClientTls, tlsClientOptions } from './tls.js';

export interface Ask {
  method?: 'GET' | 'POST';
  headers?: Headers | Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

/** Asks another service; the answer is read whole. A redirect is an answer like any other: it is not followed. */
export type Client = (url: string | URL, ask?: Ask) => Promise<Response>;

const CONNECT_MS = 3_000;
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * The way to other services outside the gateway's: it believes the authority of `tls` and shows its certificate to whoever wants to see one.
 * Throws at once when a file cannot be read.
 */
export function createClient(tls: ClientTls = {}): Client {
  const dispatcher = new Agent({ connect: { timeout: CONNECT_MS, ...tlsClientOptions(tls) } });
  return async (url, { method = 'GET', headers = {}, signal } = {}) => {
    const sent = headers instanceof Headers ? Object.fromEntries(headers) : { ...headers };
    const answer = await request(url, { dispatcher, method, headers: sent, ...(signal ? { signal } : {}) });
    const text = await answer.body.text();
    const type = answer.headers['content-type'];
    return new Response(WITHOUT_BODY.has(answer.statusCode) ? null : text, {
      status: answer.statusCode,
      headers: typeof type === 'string' ? { 'content-type': type } : {},
    });
  };
}
