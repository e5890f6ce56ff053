import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createAgent } from '../src/pass-on.js';
import { type FakeUpstream, startUpstream } from './upstreams.js';

const open: FakeUpstream[] = [];
/** A service that tells which of its processes answered, and what it was sent. */
async function instance(name: string): Promise<FakeUpstream> {
  const one = await startUpstream((incoming, response) => {
    let body = '';
    incoming.on('data', (piece) => {
      body += String(piece);
    });
    incoming.on('end', () => response.end(`${name}:${body}`));
  });
  open.push(one);
  return one;
}

/** An address where nobody listens. */
async function nobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${address.port}`;
}

async function asking(addresses: readonly string[]) {
  const [origin = ''] = addresses;
  const agent = createAgent({}, new Map([[origin, addresses]]));
  const ask = async (body?: string): Promise<string> => {
    const sent = body === undefined ? null : Readable.from([Buffer.from(body)]);
    const answer = await agent.request({ origin, path: '/', method: sent ? 'POST' : 'GET', body: sent });
    return await answer.body.text();
  };
  return { ask, end: () => agent.destroy() };
}

describe('a service of several processes', () => {
  afterEach(async () => {
    for (const one of open.splice(0)) await one.stop();
  });

  it('is asked in turn', async () => {
    const { ask, end } = await asking([(await instance('a')).origin, (await instance('b')).origin]);
    expect([await ask(), await ask('1'), await ask(), await ask('2')]).toEqual(['a:', 'b:1', 'a:', 'b:2']);
    await end();
  });

  it('is asked where somebody listens, with what was to be sent', async () => {
    const { ask, end } = await asking([await nobody(), (await instance('b')).origin, await nobody()]);
    const told: string[] = [];
    for (let i = 0; i < 6; i++) told.push(await ask(`${i}`));
    expect(told).toEqual(['b:0', 'b:1', 'b:2', 'b:3', 'b:4', 'b:5']);
    await end();
  });

  it('is not asked a second time when a process died over the request', async () => {
    const dying = await startUpstream((incoming) => void incoming.socket.destroy());
    open.push(dying);
    const alive = await instance('b');
    const { ask, end } = await asking([dying.origin, alive.origin]);
    await expect(ask('1')).rejects.toThrow();
    expect(alive.requests).toHaveLength(0);
    expect(await ask('2')).toBe('b:2');
    await end();
  });

  it('says so when nobody listens', async () => {
    const { ask, end } = await asking([await nobody(), await nobody()]);
    await expect(ask('1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await end();
  });
});
