import { inTransaction } from '@hedui/postgres';
import { eventually } from '@hedui/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LogBatch, PartitionOffsets } from '../src/port.js';
import { advance, beginPositions, caughtUp, PositionGap, readPositions, resetPosition } from '../src/positions.js';
import { type ServiceWithLog, serviceWithLog } from './transaction.js';

const batch = (from: bigint, next: bigint, generation = 'one'): LogBatch => ({
  topic: 'topic',
  partition: 0,
  generation,
  from,
  next,
  messages: [],
});
const ends = (end: bigint, generation = 'one'): PartitionOffsets => ({
  topic: 'topic',
  partition: 0,
  generation,
  start: 0n,
  end,
});

describe('positions', () => {
  let service: ServiceWithLog;
  beforeAll(async () => {
    service = await serviceWithLog();
  }, 60_000);
  afterAll(() => service.close());
  beforeEach(() => service.pool.query('TRUNCATE log_position'));

  const advanced = (over: LogBatch) => inTransaction(service.pool, (client) => advance(client, 'group', over));
  const stored = async () => (await readPositions(service.pool, 'group'))[0];

  it('goes forward from batch to batch', async () => {
    expect(await advanced(batch(0n, 5n))).toBe(0n);
    expect(await advanced(batch(5n, 9n))).toBe(5n);
    expect(await stored()).toEqual({ topic: 'topic', partition: 0, generation: 'one', next: 9n });
  });

  it('finds nothing new in a repeat, and the rest of one that was done in part', async () => {
    await advanced(batch(0n, 5n));
    expect(await advanced(batch(0n, 5n))).toBe(5n);
    expect(await advanced(batch(2n, 4n))).toBe(4n);
    expect(await advanced(batch(3n, 8n))).toBe(5n);
    expect((await stored())?.next).toBe(8n);
  });

  it('rejects a gap and stays where it was', async () => {
    await advanced(batch(0n, 5n));
    await expect(advanced(batch(6n, 8n))).rejects.toThrow(PositionGap);
    await expect(
      inTransaction(service.pool, (client) => advance(client, 'other', batch(1n, 2n))),
    ).rejects.toMatchObject({ code: 'POSITION_GAP' });
    expect((await stored())?.next).toBe(5n);
  });

  it('begins a new generation at its start only', async () => {
    await advanced(batch(0n, 5n));
    await expect(advanced(batch(3n, 8n, 'two'))).rejects.toThrow(PositionGap);
    expect(await advanced(batch(0n, 2n, 'two'))).toBe(0n);
    expect(await stored()).toMatchObject({ generation: 'two', next: 2n });
    await expect(advanced(batch(5n, 6n, 'one'))).rejects.toThrow(PositionGap);
  });

  it('lets two consumers of one batch do it once', async () => {
    await advanced(batch(0n, 5n));
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let firstHasIt: () => void = () => {};
    const taken = new Promise<void>((resolve) => {
      firstHasIt = resolve;
    });
    const first = inTransaction(service.pool, async (client) => {
      const from = await advance(client, 'group', batch(5n, 9n));
      firstHasIt();
      await held;
      return from;
    });
    await taken;
    const second = advanced(batch(5n, 9n));
    await eventually(
      async () => {
        const { rows } = await service.pool.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rows.length > 0;
      },
      { what: 'the second to wait for the first' },
    );
    release();
    expect(await first).toBe(5n);
    expect(await second).toBe(9n);
  });

  it('takes over where a consumer rolled back', async () => {
    await expect(
      inTransaction(service.pool, async (client) => {
        await advance(client, 'group', batch(0n, 5n));
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await advanced(batch(0n, 3n))).toBe(0n);
  });

  it('is caught up when every partition was read to the end that it had at the start', async () => {
    await beginPositions(service.pool, 'group', [ends(4n), { ...ends(0n), partition: 1 }]);
    expect(await caughtUp(service.pool, 'group', 'topic')).toBe(false);
    await advanced(batch(0n, 3n));
    await beginPositions(service.pool, 'group', [ends(9n)]);
    expect(await caughtUp(service.pool, 'group', 'topic')).toBe(false);
    await advanced(batch(3n, 4n));
    expect(await caughtUp(service.pool, 'group', 'topic')).toBe(true);
  });

  it('sets a position back once, and asks to catch up again', async () => {
    await advanced(batch(0n, 5n));
    const before = await stored();
    if (!before) throw new Error('there is a position');
    const reset = () =>
      inTransaction(service.pool, (client) => resetPosition(client, 'group', before, ends(7n, 'two')));
    expect(await reset()).toBe(true);
    expect(await reset()).toBe(false);
    expect(await stored()).toMatchObject({ generation: 'two', next: 0n });
    expect(await caughtUp(service.pool, 'group', 'topic')).toBe(false);
  });
});
