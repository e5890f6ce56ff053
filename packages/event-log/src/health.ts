import type { HealthCheck } from '@hedui/contracts';
import { asInteger, type Queryable } from '@hedui/postgres';
import { groupPlaces, messagesAhead } from './lag.js';
import type { EventLog } from './port.js';

const OUTBOX_WARNS_S = 30;
const OUTBOX_BREAKS_S = 600;
/** A reader that is this many messages behind is working something off, or is stuck. */
const LAG_WARNS = 1_000;

/** How old the oldest message is that waits to be published. */
export async function checkOutbox(db: Queryable): Promise<HealthCheck> {
  const { rows } = await db.query<{ n: string; age: string }>(
    'SELECT count(*) AS n, coalesce(extract(epoch FROM now() - min(created_at)), 0)::bigint AS age FROM outbox_message',
  );
  const waiting = asInteger(rows[0]?.n ?? 0);
  const age = asInteger(rows[0]?.age ?? 0);
  const state = age >= OUTBOX_BREAKS_S ? 'broken' : age >= OUTBOX_WARNS_S ? 'warning' : 'ok';
  return {
    check: 'OUTBOX',
    state,
    seen: {
      zh: `${waiting} 条消息待发，最早 ${age} 秒`,
      en: `${waiting} messages wait to be published, the oldest for ${age} s`,
    },
    todo:
      state === 'ok'
        ? null
        : {
            zh: '检查事件日志是否可用；消息留在数据库中，恢复后自动发送',
            en: 'See whether the event log can be reached; messages stay in the database and go out by themselves',
          },
  };
}

/** How far the groups of this database are behind their topics, and whether they read the topics that are there now. */
export async function checkLag(db: Queryable, log: Pick<EventLog, 'offsets'>): Promise<HealthCheck[]> {
  const { places, missing } = await groupPlaces(db, log);
  let behind = 0;
  const lives: string[] = [];
  const ahead: string[] = [];
  for (const { group, topic, partition, generation, next, now } of places) {
    const place = `${group} ${topic}/${partition}`;
    if (now.generation !== generation) lives.push(place);
    else if (next > now.end) ahead.push(place);
    else behind += messagesAhead(next, now);
  }
  return [lagCheck(behind), lifeCheck([...missing, ...lives, ...ahead])];
}

function lagCheck(behind: number): HealthCheck {
  const slow = behind > LAG_WARNS;
  return {
    check: 'LAG',
    state: slow ? 'warning' : 'ok',
    seen: { zh: `尚有 ${behind} 条消息未读`, en: `${behind} messages of the log have not been read` },
    todo: slow
      ? {
          zh: '稍后再查：数目应当减少；否则查看该服务的日志',
          en: 'Look again in a while: it should shrink; if it does not, read the log of this service',
        }
      : null,
  };
}

function lifeCheck(places: readonly string[]): HealthCheck {
  const some = places.slice(0, 3).join(', ');
  return {
    check: 'GENERATIONS',
    state: places.length > 0 ? 'broken' : 'ok',
    seen:
      places.length > 0
        ? {
            zh: `${places.length} 个位置与现有主题不符：${some}`,
            en: `${places.length} positions are not of the topics that are there now: ${some}`,
          }
        : { zh: '位置与主题一致', en: 'positions are of the topics that are there' },
    todo:
      places.length > 0
        ? {
            zh: '主题已丢失或重建：重启该服务，其将从头重读',
            en: 'Topics were lost or made anew: restart this service, and it reads them from the start',
          }
        : null,
  };
}
