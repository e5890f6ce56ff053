import { describe, expect, it } from '@jest/globals';
import { readOptions, UsageError } from '../src/options.js';

describe('readOptions', () => {
  it('takes the defaults of a plain npm start', () => {
    expect(readOptions([], {}, '/checkout')).toEqual({
      home: '/checkout/.hedui',
      port: 8080,
      empty: false,
      reset: false,
      log: null,
      databaseUrl: null,
      brokers: null,
      redisUrl: null,
    });
  });

  it('reads every option and setting', () => {
    const env = {
      HEDUI_HOME: '/data',
      HEDUI_PORT: '9000',
      KAFKA_BROKERS: 'a:1, b:2',
      DATABASE_URL: 'postgres://x',
      REDIS_URL: 'redis://y',
    };
    expect(readOptions(['--empty', '--reset', '--log', 'postgres'], env, '/checkout')).toEqual({
      home: '/data',
      port: 9000,
      empty: true,
      reset: true,
      log: 'postgres',
      databaseUrl: 'postgres://x',
      brokers: ['a:1', 'b:2'],
      redisUrl: 'redis://y',
    });
    expect(readOptions(['--log=kafka'], {}, '/checkout').log).toBe('kafka');
  });

  it.each([[['--log', 'rabbit']], [['--log']], [['--nonsense']]])('refuses %j', (argv) => {
    expect(() => readOptions(argv, {}, '/checkout')).toThrow(UsageError);
  });

  it.each(['0', '70000', 'http', '80a'])('refuses port %s', (port) => {
    expect(() => readOptions([], { HEDUI_PORT: port }, '/checkout')).toThrow(/HEDUI_PORT/);
  });
});
