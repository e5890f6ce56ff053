/** Small pieces of the faults 1 to 12, which fault 20 mixes. */
import { setTimeout as pass } from 'node:timers/promises';
import { encode } from '@msgpack/msgpack';
import { embeddedTopics, kafkaTopics } from '../checker/topics.js';
import type { Copy } from '../world/copies.js';
import { inject } from '../world/inject.js';
import type { Scene } from './scene.js';

export interface Strike {
  name: string;
  /** What is left to be undone before judging goes to `left`. False when there was nothing to strike. */
  strike(scene: Scene, left: LeftOver): Promise<boolean>;
}

/** What strikes leave running. */
export interface LeftOver {
  copies: Copy[];
}

const SERVICES = [
  'tax-source',
  'vehicle-source',
  'housing-fund-source',
  'business-registry-source',
  'civil-affairs-source',
  'matcher',
  'verification',
  'reporting',
] as const;

const PLACES = [
  { service: 'tax-source', statement: '^commit', in: "state = 'stored'" },
  { service: 'vehicle-source', statement: '^delete from slice_pending', in: undefined },
  { service: 'civil-affairs-source', statement: '^commit', in: 'slice_pending' },
  { service: 'matcher', statement: '^commit', in: 'outbox' },
  { service: 'matcher', statement: '^commit', in: 'log_position' },
  { service: 'verification', statement: '^commit', in: 'chunk_report' },
  { service: 'verification', statement: '^commit', in: 'outbox' },
  { service: 'reporting', statement: '^commit', in: 'ledger' },
] as const;

/** A failure at an exact place; when nothing comes by there in time, it is called off. */
function planned(action: 'kill' | 'fail' | 'hang'): Strike {
  return {
    name: `planned ${action}`,
    async strike({ random, world }) {
      const { service, statement, in: earlier } = random.pick(PLACES);
      const at = action === 'kill' ? random.pick(['before', 'after'] as const) : 'before';
      const code = random.pick(['40001', '40P01']);
      const ms = 2_000 + random.below(6_000);
      await world.plan(service, { statement, at, action, code, ms, ...(earlier ? { in: earlier } : {}) });
      return await world.happened(service, 10_000).then(
        () => true,
        () => false,
      );
    },
  };
}

const killed: Strike = {
  name: 'kill -9',
  async strike({ random, world }) {
    const service = random.pick(SERVICES);
    // It may be away already.
    if (world.findPid(service) === null) return false;
    world.kill(service);
    return true;
  },
};

const databaseAway: Strike = {
  name: 'PostgreSQL restarted',
  async strike({ random, world }) {
    await world.restartPostgres(random.pick(['crash', 'fast'] as const));
    return true;
  },
};

const connectionsCut: Strike = {
  name: 'connections cut',
  async strike({ random, world }) {
    world.kills.count++;
    const { postgres } = world.wires;
    return (random.chance(0.5) ? postgres.abandon() : postgres.cut()) > 0;
  },
};

const logAway: Strike = {
  name: 'the log is away',
  async strike({ random, world }) {
    if (world.log === 'postgres') return world.wires.postgres.cut() > 0;
    if (random.chance(0.5)) {
      await world.restartKafka(random.pick(['crash', 'fast'] as const));
      return true;
    }
    const pid = world.parts.kafka?.pid;
    if (!pid) return false;
    world.kills.count++;
    process.kill(pid, 'SIGSTOP');
    await pass(1_000 + random.below(20_000));
    process.kill(pid, 'SIGCONT');
    return true;
  },
};

const cacheAway: Strike = {
  name: 'Redis killed',
  async strike({ world }) {
    await world.restartRedis();
    return true;
  },
};

const repeated: Strike = {
  name: 'messages again',
  async strike({ random, world }) {
    const topics =
      world.log === 'kafka' ? kafkaTopics(world.brokers()) : embeddedTopics(world.databaseUrl('hedui_log'));
    try {
      const name = random.pick([
        'hedui.verification.requests',
        'hedui.verification.reports',
        'hedui.policies',
      ] as const);
      const found = await topics.read(name);
      await inject(world, [...found, ...found].slice(0, 400));
      return found.length > 0;
    } catch {
      // The log is away just now: nothing to be repeated.
      return false;
    } finally {
      await topics.close().catch(() => undefined);
    }
  },
};

const poisoned: Strike = {
  name: 'poison',
  async strike({ random, world }) {
    const topic = random.pick([
      'hedui.source.tax.income',
      'hedui.verification.requests',
      'hedui.verification.reports',
    ] as const);
    const value = random.chance(0.5)
      ? Buffer.from('{"half')
      : Buffer.from(encode([99, 'record.slice', 'x', 'y', 1, 'z', []]));
    const message = { topic, partition: random.below(8), key: Buffer.from('poison'), value };
    return await inject(world, [message]).then(
      () => true,
      () => false,
    );
  },
};

const scaled: Strike = {
  name: 'a matcher more or less',
  async strike({ random, world }, left) {
    const one = left.copies.pop();
    if (one) {
      await one.stop(random.pick(['SIGTERM', 'SIGKILL'] as const));
      return true;
    }
    if (world.findPid('matcher') === null) return false;
    const copy = await world.startCopy('matcher').catch(() => null);
    if (copy) left.copies.push(copy);
    return copy !== null;
  },
};

const frozen: Strike = {
  name: 'a process stands still',
  async strike({ random, world }) {
    const service = random.pick(['matcher', 'verification', 'reporting'] as const);
    const pid = world.findPid(service);
    if (pid === null) return false;
    try {
      process.kill(pid, 'SIGSTOP');
      world.kills.count++;
      await pass(1_000 + random.below(14_000));
      process.kill(pid, 'SIGCONT');
      return true;
    } catch {
      // It has ended meanwhile.
      return false;
    }
  },
};

export const STRIKES: readonly Strike[] = [
  killed,
  planned('kill'),
  planned('fail'),
  planned('hang'),
  databaseAway,
  connectionsCut,
  logAway,
  cacheAway,
  repeated,
  poisoned,
  scaled,
  frozen,
];
