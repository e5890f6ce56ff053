import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP connection to a part that can be cut and mended. */
export interface Wire {
  /** The part's address, through the wire. */
  readonly url: string;
  /** Cuts every connection and refuses new ones. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** Lays a wire to the part at `address` (a URL with host and port). */
export async function layWire(address: string): Promise<Wire> {
  const to = new URL(address);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  };
  const listen = async (port: number): Promise<Server> => {
    const listening = createServer((near) => {
      const far = connect(Number(to.port), to.hostname);
      for (const socket of [near, far]) keep(socket);
      near.once('close', () => far.destroy());
      far.once('close', () => near.destroy());
      near.pipe(far).pipe(near);
    }).listen(port, '127.0.0.1');
    await once(listening, 'listening');
    return listening;
  };
  let server: Server | null = await listen(0);
  const { port } = server.address() as AddressInfo;
  const url = new URL(address);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  const cut = async () => {
    const closing = server;
    server = null;
    if (closing === null) return;
    const closed = once(closing, 'close');
    closing.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: url.toString(),
    cut,
    async mend() {
      server ??= await listen(port);
    },
    close: cut,
  };
}
