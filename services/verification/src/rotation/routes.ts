import { type KeyRotations, ROUTES, SOURCES } from '@hedui/contracts';
import { defineRoute } from '@hedui/http';
import type { Pool } from '@hedui/postgres';
import type { FastifyInstance } from 'fastify';
import { type KeyRotation, listRotations, listTold, openUnderOther, type StoredTold } from '../db/key-rotation.js';
import type { VersionedKeys } from './keys.js';
import { missingFor, SERVICE } from './lead.js';

type Item = KeyRotations['items'][number];

const progressOf = (told: readonly StoredTold[]): Item['progress'] =>
  told.map(({ service, about, step, done, total, at }) => ({
    service,
    about,
    step,
    done,
    total,
    at: at.toISOString(),
  }));

/** Services that seal under the key ring. */
const SEALING = [SERVICE, ...SOURCES.map((source) => `${source.replaceAll('_', '-')}-source`)];

/** How far rotations of keys are, for administrators: versions, services and counts. */
export function addKeyRoutes(app: FastifyInstance, keys: Pick<VersionedKeys, 'pseudonyms'>, pool: Pool): void {
  defineRoute(app, ROUTES.listKeyRotations, async () => {
    const [rotations, told, ring] = await Promise.all([
      listRotations(pool),
      listTold(pool, 'pseudonyms'),
      listTold(pool, 'ring'),
    ]);
    const items = [
      ...(await Promise.all(rotations.map((rotation) => rotationItem(pool, rotation, told)))),
      ...ringItems(ring),
    ];
    return { json: { pseudonyms: keys.pseudonyms.version, items } satisfies KeyRotations };
  });
}

async function rotationItem(pool: Pool, rotation: KeyRotation, all: readonly StoredTold[]): Promise<Item> {
  const { from, to, step, followed, startedAt, finishedAt } = rotation;
  const told = all.filter((one) => one.to === to);
  const waitingFor = {
    preparing: async () => missingFor('doubled', to, told),
    draining: () => openUnderOther(pool, to),
    clearing: async () => missingFor('cleared', to, told),
    done: async () => [],
  };
  const own = { service: SERVICE, about: 'applicants', step, done: followed, total: null };
  return {
    kind: 'pseudonyms',
    from,
    to,
    step,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    removable: step === 'done',
    waitingFor: await waitingFor[step](),
    progress: [...progressOf(told), { ...own, at: (finishedAt ?? new Date()).toISOString() }],
  };
}

function ringItems(told: readonly StoredTold[]): Item[] {
  return [...new Set(told.map(({ to }) => to))].reverse().map((to) => {
    const own = told.filter((one) => one.to === to);
    const done = own.filter(({ step }) => step === 'resealed');
    const waitingFor = SEALING.filter((service) => !done.some((one) => one.service === service));
    const finished = waitingFor.length === 0;
    const latest = Math.max(...done.map(({ firstAt }) => firstAt.getTime()));
    return {
      kind: 'ring' as const,
      from: null,
      to,
      step: finished ? ('done' as const) : ('resealing' as const),
      startedAt: (own[0]?.firstAt ?? new Date()).toISOString(),
      finishedAt: finished ? new Date(latest).toISOString() : null,
      removable: finished,
      waitingFor,
      progress: progressOf(own),
    };
  });
}
