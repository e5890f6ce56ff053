import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** Listens on a free port of the loopback and says where. */
export async function listening(app: FastifyInstance): Promise<URL> {
  return new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
}

export interface Received {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

/** The whole answer; rejects when it breaks off. */
export async function receive(response: IncomingMessage): Promise<Received> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

/** A request whose body is written by the test, piece by piece. */
export function open(
  base: URL,
  path: string,
  options: { method?: string; headers?: Record<string, string> },
): { request: ClientRequest; response: Promise<IncomingMessage> } {
  const sent = request(new URL(path, base), {
    method: options.method ?? 'GET',
    headers: options.headers,
    agent: false,
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve).on('error', reject);
  });
  // A test that breaks its own request off does not wait for the answer.
  response.catch(() => undefined);
  sent.flushHeaders();
  return { request: sent, response };
}
