/** Readers that ask for much and take nothing. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pass } from 'node:timers/promises';
import { residentMiB, watchMemory } from '../world/memory.js';
import type { World } from '../world/world.js';
import { duringBatch, type Fault } from './scene.js';

const SERVICES = ['gateway', 'verification'] as const;
/** So much may a service grow while it serves them, MiB: caches, sockets and pieces on their way; not the exports. */
const GROWTH_MIB = 120;
/** All exports together, MiB: what would be in memory if nothing held it back. */
const ASKED_MIB = 400;
const MOST_READERS = 120;
/** Readers at a time that take everything; fewer than a caller may have. */
const AT_ONCE = 6;

/** Asks for something and never reads more than the first bytes. */
async function lazyReader(world: World, target: string): Promise<Socket> {
  const { hostname, port } = new URL(world.url);
  const socket = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname);
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.write(
    `GET ${target} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${world.token}\r\nConnection: close\r\n\r\n`,
  );
  const [first] = (await once(socket, 'data')) as [Buffer];
  socket.pause();
  const status = first.toString('latin1', 9, 12);
  // The gateway lets a caller do only so much at once: who is turned away has no stream to hold.
  if (status !== '200' && status !== '429' && status !== '503') throw new Error(`${target} is answered with ${status}`);
  return socket;
}

/**
 * As many readers who take everything: a process that has just begun grows with its first exports, whoever reads them, and what is asked
 * here is how much more those need who take nothing.
 */
async function readAll(world: World, target: string, readers: number): Promise<void> {
  let left = readers;
  const one = async () => {
    while (left-- > 0) await (await world.fetch(target)).arrayBuffer();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

export const slowReader: Fault = {
  number: 16,
  title: 'slow readers of exports and of a progress stream: bounded memory',
  async run(scene) {
    const { world } = scene;
    await duringBatch(scene, async () => undefined);
    const id = scene.batches.at(-1) ?? '';
    const bytes = (await (await world.fetch(`/v1/batches/${id}/reports`)).arrayBuffer()).byteLength;
    const readers = Math.min(MOST_READERS, Math.ceil((ASKED_MIB * 2 ** 20) / bytes));
    const sockets: Socket[] = [];
    await readAll(world, `/v1/batches/${id}/reports`, readers);
    const before = SERVICES.map((service) => residentMiB(world.pidOf(service)));
    const watches = SERVICES.map((service) => watchMemory(() => world.pidOf(service)));
    try {
      await duringBatch(
        scene,
        async (running) => {
          for (let i = 0; i < readers; i++) sockets.push(await lazyReader(world, `/v1/batches/${id}/reports`));
          for (let i = 0; i < 10; i++) sockets.push(await lazyReader(world, `/v1/batches/${running}/events`));
          await pass(scene.long ? 30_000 : 5_000);
        },
        { slowMs: 5 },
      );
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    scene.note('readers', readers);
    scene.note('asked for, MiB', Math.round((readers * bytes) / 2 ** 20));
    for (const [i, service] of SERVICES.entries()) {
      const grown = (watches[i]?.stop() ?? 0) - (before[i] ?? 0);
      scene.note(`${service} grew, MiB`, grown);
      if (grown > GROWTH_MIB) throw new Error(`${service} grew by ${grown} MiB for readers that take nothing`);
    }
  },
};
