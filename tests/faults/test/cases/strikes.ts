/** Small pieces of the faults 1 to 12, which fault 20 mixes. */
import { setTimeout as pass } from 'node:timers/promises';
import { encode } from '@msgpack/msgpack';
import { embeddedTopics, kafkaTopics } from '../checker/topics.js';
import type { Copy } from '../world/copies.js';
import { inject } from '../world/inject.js';
import type { Scene } from './scene.js';

export interface Strike {
  name: string;
  /** What is left to be undone before judging goes to `left`. Resolves with what was struck; null when there was nothing to strike. */
  strike(scene: Scene, left: LeftOver): Promise<string | null>;
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

interface Place {
  service: string;
  statement: string;
  in?: string;
}

/** Places on the way of a batch. */
const ON_BATCH: readonly Place[] = [
  { service: 'matcher', statement: '^commit', in: 'outbox' },
  { service: 'matcher', statement: '^commit', in: 'log_position' },
  { service: 'verification', statement: '^commit', in: 'chunk_report' },
  { service: 'verification', statement: '^commit', in: 'outbox' },
  { service: 'reporting', statement: '^commit', in: 'ledger' },
];

const PLACES: readonly Place[] = [
  { service: 'tax-source', statement: '^commit', in: "state = 'stored'" },
  { service: 'vehicle-source', statement: '^delete from slice_pending' },
  { service: 'civil-affairs-source', statement: '^commit', in: 'slice_pending' },
  ...ON_BATCH,
];

/** A failure at an exact place; when nothing comes by there in time, it is called off. */
function planned(action: 'kill' | 'fail' | 'hang', places: readonly Place[]): Strike {
  return {
    name: `planned ${action}`,
    async strike({ random, world }) {
      const { service, statement, in: earlier } = random.pick(places);
      const at = action === 'kill' ? random.pick(['before', 'after'] as const) : 'before';
      const code = random.pick(['40001', '40P01']);
      const ms = 2_000 + random.below(6_000);
      await world.plan(service, { statement, at, action, code, ms, ...(earlier ? { in: earlier } : {}) });
      const more = { kill: ` ${at} it`, fail: ` with ${code}`, hang: ` for ${ms} ms` }[action];
      return await world.happened(service, 10_000).then(
        () => `${service} at its ${statement.slice(1)}${earlier ? ` of ${earlier}` : ''}${more}`,
        () => null,
      );
    },
  };
}

const killed: Strike = {
  name: 'kill -9',
  async strike({ random, world }) {
    const service = random.pick(SERVICES);
    // It may be away already.
    if (world.findPid(service) === null) return null;
    world.kill(service);
    return service;
  },
};

const databaseAway: Strike = {
  name: 'PostgreSQL restarted',
  async strike({ random, world }) {
    const how = random.pick(['crash', 'fast'] as const);
    await world.restartPostgres(how);
    return how;
  },
};

const connectionsCut: Strike = {
  name: 'connections cut',
  async strike({ random, world }) {
    world.kills.count++;
    const { postgres } = world.wires;
    const silent = random.chance(0.5);
    const count = silent ? postgres.abandon() : postgres.cut();
    return count > 0 ? `${count} ${silent ? 'silent' : 'reset'}` : null;
  },
};

const logAway: Strike = {
  name: 'the log is away',
  async strike({ random, world }) {
    if (world.log === 'postgres') return world.wires.postgres.cut() > 0 ? 'its connections reset' : null;
    if (random.chance(0.5)) {
      const how = random.pick(['crash', 'fast'] as const);
      await world.restartKafka(how);
      return how;
    }
    const pid = world.parts.kafka?.pid;
    if (!pid) return null;
    world.kills.count++;
    const ms = 1_000 + random.below(20_000);
    process.kill(pid, 'SIGSTOP');
    await pass(ms);
    process.kill(pid, 'SIGCONT');
    return `paused for ${ms} ms`;
  },
};

const cacheAway: Strike = {
  name: 'Redis killed',
  async strike({ world }) {
    await world.restartRedis();
    return 'kill -9';
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
      return found.length > 0 ? name : null;
    } catch {
      // The log is away just now: nothing to be repeated.
      return null;
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
      () => topic,
      () => null,
    );
  },
};

const scaled: Strike = {
  name: 'a matcher more or less',
  async strike({ random, world }, left) {
    const one = left.copies.pop();
    if (one) {
      const signal = random.pick(['SIGTERM', 'SIGKILL'] as const);
      await one.stop(signal);
      return `less by ${signal}`;
    }
    if (world.findPid('matcher') === null) return null;
    const copy = await world.startCopy('matcher').catch(() => null);
    if (!copy) return null;
    left.copies.push(copy);
    return 'more';
  },
};

const frozen: Strike = {
  name: 'a process stands still',
  async strike({ random, world }) {
    const service = random.pick(['matcher', 'verification', 'reporting'] as const);
    const pid = world.findPid(service);
    if (pid === null) return null;
    const ms = 1_000 + random.below(14_000);
    try {
      process.kill(pid, 'SIGSTOP');
      world.kills.count++;
      await pass(ms);
      process.kill(pid, 'SIGCONT');
      return `${service} for ${ms} ms`;
    } catch {
      // It has ended meanwhile.
      return null;
    }
  },
};

function strikesAt(places: readonly Place[]): readonly Strike[] {
  return [
    killed,
    planned('kill', places),
    planned('fail', places),
    planned('hang', places),
    databaseAway,
    connectionsCut,
    logAway,
    cacheAway,
    repeated,
    poisoned,
    scaled,
    frozen,
  ];
}

export const STRIKES = strikesAt(PLACES);
/** The same while no department sends: planned only where a batch comes by. */
export const STRIKES_ON_BATCH = strikesAt(ON_BATCH);
