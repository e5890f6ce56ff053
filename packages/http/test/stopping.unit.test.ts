import { connect } from 'node:net';
import { createLogger } from '@hedui/logging';
import { describe, expect, it } from '@jest/globals';
import { createApp } from '../src/index.js';
import { listening } from './connections.js';

describe('a service that is told to stop', () => {
  it('answers what comes on an open connection before it hears of that, as its last, and lets go of what it lives on after it', async () => {
    const order: string[] = [];
    const app = await createApp({
      service: 'stopping',
      logger: createLogger('test', 'silent'),
      tokens: { verify: () => Promise.reject(new Error('nobody asks')) },
      ready: async () => ({}),
    });
    app.get('/call', { config: { access: 'open' } }, async () => {
      order.push('called');
      return 'answer';
    });
    // Runs when the service knows that it stops, and has not closed its connections yet.
    app.addHook('preClose', async () => {
      order.push('stopping');
      await call();
    });
    app.addHook('onClose', async () => void order.push('closed'));
    const { port, hostname } = await listening(app);
    const socket = connect(Number(port), hostname);
    let said = '';
    const call = async (): Promise<void> => {
      const answered = new Promise<void>((resolve) => {
        socket.once('data', (bytes) => {
          said = bytes.toString('latin1');
          resolve();
        });
      });
      socket.write('GET /call HTTP/1.1\r\nhost: test\r\n\r\n');
      await answered;
    };
    await call();
    expect(said).toMatch(/^HTTP\/1\.1 200 [\s\S]*connection: keep-alive/i);
    await app.close();
    expect(said).toMatch(/^HTTP\/1\.1 200 [\s\S]*connection: close/i);
    expect(order).toEqual(['called', 'stopping', 'called', 'closed']);
    socket.destroy();
  });
});
