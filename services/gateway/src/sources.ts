import { type SourceStatus, sourcesSchema } from '@hedui/contracts';
import { describeError } from '@hedui/errors';
import type { Logger } from '@hedui/logging';
import type { Dispatcher } from 'undici';

const ANSWER_MS = 2_000;

export interface SourceDirectory {
  /** What each source holds; one that does not answer in time stands there with `available: false`. */
  statuses(headers: Readonly<Record<string, string>>): Promise<SourceStatus[]>;
}

/** Asks all sources at once. Remembers their titles, so that a silent source still has one. */
export function createSourceDirectory(
  sources: ReadonlyMap<string, string>,
  agent: Dispatcher,
  logger: Logger,
): SourceDirectory {
  const titles = new Map<string, SourceStatus['title']>();

  async function ask(origin: string, headers: Readonly<Record<string, string>>): Promise<SourceStatus[]> {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const answer = await agent.request({ origin, path: '/v1/sources', method: 'GET', headers: { ...headers }, signal });
    const body: unknown = await answer.body.json();
    if (answer.statusCode !== 200) throw new Error(`the source answered ${answer.statusCode}`);
    return sourcesSchema.parse(body).items;
  }

  async function statusOf(name: string, origin: string, headers: Readonly<Record<string, string>>) {
    try {
      const items = await ask(origin, headers);
      for (const item of items) titles.set(item.source, item.title);
      return items;
    } catch (error) {
      logger.warn({ source: name, reason: describeError(error) }, 'a source did not answer');
      const title = titles.get(name) ?? { zh: name, en: name };
      return [{ source: name, title, recordTypes: [], available: false }];
    }
  }

  return {
    async statuses(headers) {
      const all = await Promise.all([...sources].map(([name, origin]) => statusOf(name, origin, headers)));
      return all.flat();
    },
  };
}
