import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  brokerSettings,
  containerArguments,
  databaseUrl,
  freePort,
  isAlive,
  PartUnavailable,
  portIsFree,
  stopLeftover,
  whileLocked,
} from '@hedui/local-parts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hedui-processes-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('stopLeftover', () => {
  const leave = async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'a-mark'], { stdio: 'ignore' });
    await new Promise((resolve) => child.once('spawn', resolve));
    const file = path.join(folder, 'left.pid');
    writeFileSync(file, `${child.pid}\n`);
    return { child, file, pid: child.pid ?? 0 };
  };

  it('ends the process that an interrupted run noted', async () => {
    const { file, pid } = await leave();
    await stopLeftover(file, 'a-mark', 'SIGTERM', 5_000);
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(file)).toBe(false);
  });

  it('leaves another process alone that has the number by now', async () => {
    const { child, file, pid } = await leave();
    await stopLeftover(file, 'another-mark', 'SIGTERM', 5_000);
    expect(isAlive(pid)).toBe(true);
    expect(existsSync(file)).toBe(false);
    child.kill();
  });
});

describe('whileLocked', () => {
  it('lets one work at a time, and takes over from a holder that died', async () => {
    const lock = path.join(folder, 'jars.lock');
    writeFileSync(lock, '999999999');
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    };
    await Promise.all([whileLocked(lock, 5_000, work), whileLocked(lock, 5_000, work)]);
    expect(most).toBe(1);
    expect(existsSync(lock)).toBe(false);
  });

  it('gives up when another has it for too long', async () => {
    const lock = path.join(folder, 'held.lock');
    writeFileSync(lock, String(process.pid));
    await expect(whileLocked(lock, 1, async () => {})).rejects.toThrow(/held.lock for too long/);
  });
});

describe('ports', () => {
  it('tells a free port from a taken one', async () => {
    const port = await freePort();
    expect(await portIsFree(port)).toBe(true);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    expect(await portIsFree(port)).toBe(false);
    server.close();
  });
});

describe('addresses and settings', () => {
  it('names another database of the same server', () => {
    expect(databaseUrl('postgres://u:p%40ss@h:5433/postgres?sslmode=disable', 'hedui_tax')).toBe(
      'postgres://u:p%40ss@h:5433/hedui_tax?sslmode=disable',
    );
  });

  it('writes broker settings for one machine, the caller winning', () => {
    const text = brokerSettings('/k', { broker: 9092, controller: 9093 }, { 'message.max.bytes': '1' });
    expect(text).toContain('advertised.listeners=PLAINTEXT://127.0.0.1:9092\n');
    expect(text).toContain('offsets.topic.replication.factor=1\n');
    expect(text).toContain('message.max.bytes=1\n');
    expect(text.match(/message\.max\.bytes/g)).toHaveLength(1);
  });

  it('tells clients of a broker in a container the port on this machine', () => {
    const args = containerArguments('broker-1', 40_001);
    expect(args).toContain('127.0.0.1:40001:40001');
    expect(args).toContain('KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://127.0.0.1:40001');
    expect(args.at(-1)).toMatch(/^apache\/kafka:/);
  });

  it('says which part, why and what to do', () => {
    expect(new PartUnavailable('Kafka', 'no Java', 'Install Java.')).toMatchObject({
      part: 'Kafka',
      message: 'no Java',
      remedy: 'Install Java.',
    });
  });
});
