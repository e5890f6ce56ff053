/** Services, broker, database and cache that end, stall or refuse while a batch runs. */
import { connect } from 'node:net';
import { setTimeout as pass } from 'node:timers/promises';
import { askBatch } from '../world/town.js';
import { duringBatch, type Fault, underWay } from './scene.js';

export const matcherKilled: Fault = {
  number: 4,
  title: 'the matcher is killed before its commit: worked again, the same state',
  run: (scene) =>
    duringBatch(scene, async (id) => {
      const { world, random } = scene;
      const count = 1 + random.below(2);
      await world.plan('matcher', { statement: '^commit', in: 'outbox', at: 'before', count, action: 'kill' });
      await world.happened('matcher');
      await underWay(scene, id);
    }),
};

export const storingKilled: Fault = {
  number: 5,
  title: 'the verification service is killed while it stores reports: one report a household, nothing half visible',
  run: (scene) =>
    duringBatch(scene, async (id) => {
      const { world, random } = scene;
      const at = random.pick(['before', 'after'] as const);
      await world.plan('verification', { statement: '^commit', in: 'chunk_report', at, action: 'kill' });
      await world.happened('verification');
      await underWay(scene, id);
    }),
};

export const brokerKilled: Fault = {
  number: 6,
  title: 'the broker is killed and restarted, and paused beyond the session timeout: the lag drains unaided',
  logs: ['kafka'],
  run: (scene) =>
    duringBatch(
      scene,
      async (id) => {
        const { world } = scene;
        await world.restartKafka('crash');
        await underWay(scene, id);
        const pid = world.parts.kafka?.pid;
        if (!pid) throw new Error('there is no broker');
        process.kill(pid, 'SIGSTOP');
        world.kills.count++;
        const before = await askBatch(world, id);
        try {
          // The pause is the fault itself: longer than any session of a consumer (15 s).
          await pass(Number(process.env.HEDUI_FAULTS_PAUSE_MS ?? 20_000));
          if (before?.state === 'done') throw new Error('the batch was done before the pause');
          await underWay(scene, id);
        } finally {
          process.kill(pid, 'SIGCONT');
        }
      },
      { holdMs: 25_000 },
    ),
};

const STAYING = ['matcher', 'verification', 'reporting', 'tax-source'] as const;

export const databaseRestarted: Fault = {
  number: 7,
  title:
    'PostgreSQL is restarted in mid-batch, and connections go silent without a reset: no process dies, the batch ends',
  async run(scene) {
    const { world, random } = scene;
    const processes = () => STAYING.map((service) => world.pidOf(service)).join();
    const before = processes();
    await duringBatch(
      scene,
      async (id) => {
        const silent = world.wires.postgres.abandon();
        world.kills.count++;
        await underWay(scene, id);
        if (silent < STAYING.length) throw new Error(`only ${silent} connections were open`);
        scene.note('connections that went silent', silent);
      },
      { holdMs: 8_000 },
    );
    await duringBatch(
      scene,
      async (id) => {
        await world.restartPostgres(random.pick(['crash', 'fast'] as const));
        await underWay(scene, id);
      },
      { holdMs: 8_000 },
    );
    if (processes() !== before) throw new Error('a service died of its database being away');
  },
};

export const transactionsFail: Fault = {
  number: 8,
  title: 'deadlocks and serialisation failures: tried again within bounds, the same result',
  run: (scene) =>
    duringBatch(scene, async () => {
      const { world, random } = scene;
      const code = random.pick(['40P01', '40001']);
      const fail = { statement: '^commit', at: 'before', action: 'fail', code } as const;
      await world.plan('matcher', { ...fail, in: 'outbox' });
      await world.plan('verification', { ...fail, in: 'chunk_report' });
      await world.happened('matcher');
      await world.happened('verification');
    }),
};

/** Sends one inline command to Redis; throws unless it is answered with OK. */
async function tellRedis(port: number, command: string): Promise<void> {
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    socket.once('data', (bytes) => {
      resolve(bytes.toString('latin1'));
      socket.destroy();
    });
    socket.once('error', reject);
  });
  if (!answer.startsWith('+OK')) throw new Error(`Redis says ${answer.trim()} to ${command}`);
}

export const cacheFails: Fault = {
  number: 9,
  title: 'Redis flushed, read-only, killed, silent: nothing changes',
  run: (scene) =>
    duringBatch(
      scene,
      async (id) => {
        const { world, random } = scene;
        if (!world.parts.redis) throw new Error('this fault needs redis-server, and there is none on this machine');
        const port = Number(new URL(world.parts.redis.url).port);
        await tellRedis(port, 'FLUSHALL');
        // A replica of nobody: it reads and refuses to write.
        if (random.chance(0.5)) await tellRedis(port, 'REPLICAOF 127.0.0.1 1');
        await world.restartRedis();
        world.wires.redis?.goSilent();
        await underWay(scene, id);
        await pass(500);
        world.wires.redis?.pass();
      },
      { holdMs: 8_000 },
    ),
};
