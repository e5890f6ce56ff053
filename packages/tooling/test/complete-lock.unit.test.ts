import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { completeLock, outdatedWorkspaces, platformOf } from '../complete-lock.mjs';

describe('platformOf', () => {
  it.each([
    ['@biomejs/cli-darwin-arm64', { os: ['darwin'], cpu: ['arm64'] }],
    ['@biomejs/cli-linux-x64-musl', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
    ['@swc/core-linux-arm-gnueabihf', { os: ['linux'], cpu: ['arm'], libc: ['glibc'] }],
    ['@swc/core-win32-ia32-msvc', { os: ['win32'], cpu: ['ia32'] }],
    ['@turbo/windows-64', { os: ['win32'], cpu: ['x64'] }],
    ['@unrs/resolver-binding-linux-arm-musleabihf', { os: ['linux'], cpu: ['arm'], libc: ['musl'] }],
  ])('reads %s', (name, platform) => {
    expect(platformOf(name)).toEqual(platform);
  });

  it('reads nothing from a name without a platform', () => {
    expect(platformOf('@colors/colors')).toBeNull();
  });
});

describe('completeLock', () => {
  const parent = {
    version: '2.0.0',
    dev: true,
    optionalDependencies: { '@x/cli-darwin-arm64': '2.0.0', '@x/cli-linux-x64': '^2.0.0', plain: '1.0.0' },
  };
  const packages = {
    '': {},
    'node_modules/@x/cli-linux-x64': { version: '2.0.0' },
    'node_modules/x': parent,
    'packages/a': {},
  };

  it('adds what is missing, with version and platform, and names what it cannot place', () => {
    const { added, packages: whole, unknown } = completeLock(packages);
    expect(added).toEqual(['@x/cli-darwin-arm64']);
    expect(unknown).toEqual(['plain']);
    expect(whole['node_modules/@x/cli-darwin-arm64']).toEqual({
      version: '2.0.0',
      cpu: ['arm64'],
      dev: true,
      optional: true,
      os: ['darwin'],
    });
    expect(Object.keys(whole)[0]).toBe('');
  });

  it('leaves a complete lock as it is', () => {
    const once = completeLock(packages).packages;
    expect(completeLock(once)).toMatchObject({ added: [], packages: once });
  });

  it('finds a dependency that lies beside its user', () => {
    const nested = {
      '': {},
      'node_modules/a/node_modules/b': { optionalDependencies: { 'c-linux-x64': '1.0.0' } },
      'node_modules/a/node_modules/c-linux-x64': {},
    };
    expect(completeLock(nested).added).toEqual([]);
  });
});

describe('outdatedWorkspaces', () => {
  it('names those whose package.json changed after the lock', () => {
    const packages = {
      '': {},
      'packages/a': { dependencies: { x: '1' } },
      'packages/b': { devDependencies: { y: '1' } },
      'node_modules/x': {},
    };
    const now = {
      '': {},
      'packages/a': { dependencies: { x: '1', z: '2' } },
      'packages/b': { devDependencies: { y: '1' } },
    };
    expect(outdatedWorkspaces(packages, (at) => Reflect.get(now, at))).toEqual(['packages/a']);
  });
});

describe('package-lock.json', () => {
  const root = path.resolve(__dirname, '../../..');
  const json = (...at: string[]) => JSON.parse(readFileSync(path.join(root, ...at), 'utf8'));
  const { packages } = json('package-lock.json');

  it('is complete', () => {
    const { added, unknown } = completeLock(packages);
    expect([...added, ...unknown]).toEqual([]);
  });

  it('knows every dependency', () => {
    expect(outdatedWorkspaces(packages, (at) => json(at, 'package.json'))).toEqual([]);
  });
});
