import { ROUTES } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { decodeCursor, defineRoute, encodeCursor } from '@hedui/http';
import type { Pool } from '@hedui/postgres';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { findLetter, listLetters } from '../db/dead-letters.js';
import { discardLetter, mendLetter, replayLetter, viewOf } from './decide.js';

const DEFAULT_LIMIT = 100;
const cursorSchema = z.int().positive().max(Number.MAX_SAFE_INTEGER);

function readCursor(text: string): number {
  const cursor = cursorSchema.safeParse(decodeCursor(text));
  if (!cursor.success) throw new HeduiError('CURSOR_INVALID');
  return cursor.data;
}

/** List, look at, replay, mend and discard dead letters. `wake`: something is to be published. */
export function addLetterRoutes(app: FastifyInstance, pool: Pool, wake: () => void): void {
  defineRoute(app, ROUTES.listDeadLetters, async ({ query }) => {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const before = query.cursor === undefined ? null : readCursor(query.cursor);
    const found = await listLetters(pool, { state: query.state ?? null, before, limit: limit + 1 });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const next = found.length > limit && last ? encodeCursor(last.no) : null;
    return { json: { items: page.map(viewOf), next } };
  });

  defineRoute(app, ROUTES.getDeadLetter, async ({ params }) => {
    const letter = await findLetter(pool, params.id);
    if (letter === null) throw new HeduiError('NOT_FOUND');
    return { json: viewOf(letter) };
  });

  defineRoute(app, ROUTES.replayDeadLetter, async ({ params, caller, correlationId }) => {
    const letter = await replayLetter(pool, params.id, { caller, correlationId });
    wake();
    return { json: viewOf(letter) };
  });

  defineRoute(app, ROUTES.mendDeadLetter, async ({ params, caller, correlationId }) => {
    const letter = await mendLetter(pool, params.id, { caller, correlationId });
    wake();
    return { json: viewOf(letter) };
  });

  defineRoute(app, ROUTES.discardDeadLetter, async ({ params, body, caller, correlationId }) => {
    const letter = await discardLetter(pool, params.id, body, { caller, correlationId });
    wake();
    return { json: viewOf(letter) };
  });
}
