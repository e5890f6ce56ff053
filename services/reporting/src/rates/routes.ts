import { type DetectionRates, ROUTES } from '@hedui/contracts';
import type { EventLog } from '@hedui/event-log';
import { defineRoute } from '@hedui/http';
import { asReader, type Pool } from '@hedui/postgres';
import type { FastifyInstance } from 'fastify';
import { countGroups, type RatesQuestion } from '../db/rates.js';
import { ratesAnswer } from './answer.js';
import { countedSoFar } from './counted.js';
import { readQuestion } from './question.js';

/** The role as which rates are counted; see migrations/0004_access.sql. */
const READER = 'hedui_reporting_reader';

/** Rows and total of one snapshot of the ledger. */
export async function detectionRates(pool: Pool, question: RatesQuestion, now: Date): Promise<DetectionRates> {
  return await asReader(
    pool,
    READER,
    { regionPrefixes: question.reach, purposes: [], department: null },
    async (client) => {
      await client.query("SET LOCAL work_mem = '64MB'");
      const [whole] = await countGroups(client, { ...question, groupBy: [] });
      if (whole === undefined) throw new Error('a question without groups has one answer');
      const groups = question.groupBy.length === 0 ? [whole] : await countGroups(client, question);
      return ratesAnswer(question, groups, whole, now);
    },
    { isolation: 'REPEATABLE READ' },
  );
}

/** `GET /v1/detection-rates` */
export function addRates(
  app: FastifyInstance,
  { pool, log, now }: { pool: Pool; log: Pick<EventLog, 'offsets'>; now: () => Date },
): void {
  defineRoute(app, ROUTES.getDetectionRates, async ({ query, caller }) => {
    const question = readQuestion(query, caller.regions);
    const all = await countedSoFar({ pool, log });
    const rates = await detectionRates(pool, question, now());
    return { json: all ? rates : { ...rates, behind: true } };
  });
}
