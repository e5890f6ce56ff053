/** Services, broker, database and cache that end, stall or refuse while a batch runs. */
import { connect } from 'node:net';
import { setTimeout as pass } from 'node:timers/promises';
import { duringBatch, type Fault } from './scene.js';

export const storingKilled: Fault = {
  number: 5,
  title: 'the verification service is killed while it stores reports: one report a household, nothing half visible',
  run: (scene) =>
    duringBatch(scene, async () => {
      const { world, random } = scene;
      const at = random.pick(['before', 'after'] as const);
      await world.plan('verification', { statement: '^commit', in: 'chunk_report', at, action: 'kill' });
      await world.happened('verification');
    }),
};

export const brokerKilled: Fault = {
  number: 6,
  title: 'the broker is killed and restarted, and paused beyond the session timeout: the lag drains unaided',
  logs: ['kafka'],
  run: (scene) =>
    duringBatch(scene, async () => {
      const { world } = scene;
      await world.restartKafka('crash');
      const pid = world.parts.kafka?.pid;
      if (pid === undefined) throw new Error('there is no broker');
      process.kill(pid, 'SIGSTOP');
      try {
        // The pause is the fault itself: longer than any session of a consumer.
        await pass(Number(process.env.HEDUI_FAULTS_PAUSE_MS ?? 35_000));
      } finally {
        process.kill(pid, 'SIGCONT');
      }
    }),
};

export const databaseRestarted: Fault = {
  number: 7,
  title:
    'PostgreSQL is restarted in mid-batch, and connections go silent without a reset: no process dies, the batch ends',
  run: (scene) =>
    duringBatch(scene, async () => {
      const { world, random } = scene;
      const processes = ['matcher', 'verification', 'reporting', 'tax-source'].map((service) => world.pidOf(service));
      await world.restartPostgres(random.pick(['crash', 'fast'] as const));
      scene.note('connections that went silent', world.wires.postgres.abandon());
      const now = ['matcher', 'verification', 'reporting', 'tax-source'].map((service) => world.pidOf(service));
      if (processes.join() !== now.join()) throw new Error('a service died of its database being away');
    }),
};

export const transactionsFail: Fault = {
  number: 8,
  title: 'deadlocks and serialisation failures: tried again within bounds, the same result',
  run: (scene) =>
    duringBatch(scene, async () => {
      const { world, random } = scene;
      const code = random.pick(['40P01', '40001']);
      await world.plan('matcher', { statement: '^commit', in: 'outbox', at: 'before', action: 'fail', code });
      await world.plan('verification', {
        statement: '^commit',
        in: 'chunk_report',
        at: 'before',
        action: 'fail',
        code,
      });
      await world.happened('matcher');
      await world.happened('verification');
    }),
};

/** Sends one inline command to Redis. */
async function tellRedis(port: number, command: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    socket.once('data', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}

export const cacheFails: Fault = {
  number: 9,
  title: 'Redis flushed, read-only, killed: nothing changes',
  run: (scene) =>
    duringBatch(scene, async () => {
      const { world, random } = scene;
      const port = Number(new URL(world.parts.redis?.url ?? 'redis://127.0.0.1:0').port);
      if (port === 0) return;
      await tellRedis(port, 'FLUSHALL');
      // A replica of nobody: it reads and refuses to write.
      if (random.chance(0.5)) await tellRedis(port, 'REPLICAOF 127.0.0.1 1');
      await world.restartRedis();
      world.wires.redis?.goSilent();
      await pass(500);
      world.wires.redis?.pass();
    }),
};
