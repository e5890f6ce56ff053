import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';

/**
 * A TCP proxy before a part, which fails as networks do.
 *
 * passing — bytes flow, each piece held back `delayMs` when that is set;
 * refusing — new connections are closed at once;
 * silent — connections stay open and nothing flows any more, as when a cable is pulled (half open);
 * `abandon()` leaves what is open silent for ever and passes what is new;
 * `cut()` resets what is open and goes on passing.
 */
export interface Wire {
  readonly port: number;
  pass(): void;
  refuse(): void;
  goSilent(): void;
  /** What is open now stays open and silent for ever, as when a peer's machine is gone; new connections pass. Returns how many. */
  abandon(): number;
  delay(ms: number): void;
  /** Resets every open connection; returns how many. */
  cut(): number;
  close(): Promise<void>;
}

type Mode = 'passing' | 'refusing' | 'silent';

interface Pair {
  near: Socket;
  far: Socket;
}

/** Starts a proxy on a free port of 127.0.0.1 (or `port`) in front of `target`. */
export async function startWire(target: () => { host: string; port: number }, port = 0): Promise<Wire> {
  const pairs = new Set<Pair>();
  const abandoned = new Set<Pair>();
  const current: { mode: Mode; delayMs: number } = { mode: 'passing', delayMs: 0 };

  function end(pair: Pair): void {
    if (!pairs.delete(pair)) return;
    pair.near.destroy();
    pair.far.destroy();
  }

  function flow(pair: Pair, from: Socket, to: Socket): void {
    // What is held back is never overtaken by what comes when the delay has ended.
    let waiting = 0;
    from.on('data', (piece: Buffer) => {
      if (current.mode === 'silent' || abandoned.has(pair)) return;
      const write = () => {
        if (to.destroyed) return;
        if (!to.write(piece)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      };
      if (current.delayMs === 0 && waiting === 0) return write();
      waiting++;
      setTimeout(() => {
        waiting--;
        write();
      }, current.delayMs || 1);
    });
  }

  const server: Server = createServer((near) => {
    if (current.mode === 'refusing') return void near.resetAndDestroy();
    const pair: Pair = { near, far: dial({ ...target(), noDelay: true }) };
    near.setNoDelay(true);
    pairs.add(pair);
    flow(pair, pair.near, pair.far);
    flow(pair, pair.far, pair.near);
    for (const socket of [pair.near, pair.far]) {
      socket.on('error', () => end(pair));
      socket.on('close', () => {
        // While it is silent the other side must not learn that its partner is gone.
        if (current.mode !== 'silent' && !abandoned.has(pair)) end(pair);
      });
    }
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  const cut = (): number => {
    const open = [...pairs];
    for (const pair of open) {
      pair.near.resetAndDestroy();
      pair.far.resetAndDestroy();
      pairs.delete(pair);
    }
    return open.length;
  };
  return {
    port: address.port,
    pass() {
      // What was silent has lost bytes: it cannot go on, and ends as a connection whose peer came back without its state.
      if (current.mode === 'silent') cut();
      current.mode = 'passing';
      current.delayMs = 0;
    },
    refuse() {
      current.mode = 'refusing';
      cut();
    },
    goSilent() {
      current.mode = 'silent';
    },
    abandon() {
      for (const pair of pairs) abandoned.add(pair);
      return pairs.size;
    },
    delay(ms) {
      current.delayMs = ms;
    },
    cut,
    async close() {
      cut();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
