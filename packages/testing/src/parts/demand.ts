import { appendFileSync, existsSync } from 'node:fs';
import { get } from 'node:http';
import { kafkaMissing, NO_REDIS, redisProgram } from '@hedui/local-parts';
import type { PartName } from './names.js';

/** Notes that something could not run; the end of the run prints it. */
export function noteMissing(what: string, part: PartName, why: string): void {
  const file = process.env.HEDUI_MISSING_PARTS_FILE;
  if (file) appendFileSync(file, `${what}: needs ${part}: ${why.replaceAll('\n', ' ')}\n`);
}

/** Why a part cannot be had here, as far as that can be told without starting it; null when nothing speaks against it. */
export function whyMissing(part: PartName): string | null {
  if (existsSync('/var/run/docker.sock') || process.env.DOCKER_HOST) return null;
  if (part === 'redis') return redisProgram() ? null : NO_REDIS;
  if (part === 'kafka') return kafkaMissing();
  return null;
}

function fetchJson(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

/**
 * Asks the run for a part, which starts it at the first demand.
 * @throws when it cannot be had: the test that needs it fails and the end of the run names it.
 */
export async function demandPart(part: PartName, neededBy: string): Promise<string> {
  const server = process.env.HEDUI_TEST_PARTS;
  if (!server) throw new Error('run with packages/tooling/jest.config.cjs: it opens the parts that tests need');
  const { status, body } = await fetchJson(`${server}/${part}`);
  if (status === 200 && typeof body.url === 'string') return body.url;
  const why = `${body.why}`;
  noteMissing(neededBy, part, why);
  throw new Error(`${part} cannot be had: ${why} ${body.remedy ?? ''}`);
}
