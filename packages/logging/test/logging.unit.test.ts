import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../src/index.js';

function logged(write: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLogger('test', 'trace', { write: (line: string) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('logs', () => {
  it('name no person and no secret, wherever the field stands', () => {
    const lines = logged((logger) => {
      logger.info({ name: '张三', idNumber: '520000196203180013', token: 'abc' }, 'one');
      logger.info({ household: { name: '张三', rows: [{ id_number: '520000196203180013' }] } }, 'two');
      logger.info({ a: { b: { plateNo: '贵A12345', password: 'abc' } } }, 'three');
    });
    expect(JSON.stringify(lines)).not.toMatch(/张三|520000|贵A|abc/);
    expect(lines.map((line) => line.msg)).toEqual(['one', 'two', 'three']);
  });

  it('keep of an error its name, code, message and causes: drivers put row values into the rest', () => {
    const [line] = logged((logger) => {
      const error = Object.assign(new Error('duplicate key', { cause: new Error('inner') }), {
        code: '23505',
        detail: 'Key (id)=(520000196203180013) exists',
        where: 'COPY row 7: 张三',
      });
      logger.error({ err: error }, 'failed');
    });
    expect(line?.err).toMatchObject({
      type: 'Error',
      code: '23505',
      message: 'duplicate key',
      cause: { message: 'inner' },
    });
    expect(JSON.stringify(line)).not.toMatch(/520000|张三/);
  });

  it('hold no login, token or cookie, in a field or in what a driver says', () => {
    const token = `eyJhbGciOiJFZERTQSJ9.${'a'.repeat(40)}.${'b'.repeat(40)}`;
    const lines = logged((logger) => {
      logger.error({ err: new Error('connect postgres://hedui_tax:pa55word@db:5432/x failed') }, 'one');
      logger.error({ err: new Error('inner', { cause: new Error('rediss://:pa55word@redis:6379') }) }, 'two');
      logger.error({ err: new Error(`bad header Bearer ${token}`) }, 'three');
      logger.info({ cookie: 'pa55word', options: { connectionString: 'pa55word', client_secret: 'pa55word' } }, 'four');
    });
    expect(JSON.stringify(lines)).not.toMatch(/pa55word|eyJ/);
    expect(lines[0]?.err).toMatchObject({ message: 'connect postgres://[removed]@db:5432/x failed' });
  });

  it('carry the correlation id of the work', () => {
    const [line] = logged((logger) => logger.child({ correlationId: 'c-1' }).info('work'));
    expect(line).toMatchObject({ correlationId: 'c-1', service: 'test', level: 'info' });
  });
});
