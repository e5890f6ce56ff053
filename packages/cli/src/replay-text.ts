import type { Difference, Replay } from '@hedui/contracts';

/** A replay as people read it: the same or not, and what differs; then what today's data would say. */
export function replayText(replay: Replay): string {
  const { today } = replay;
  return [
    `report ${replay.reportNo}: ${replay.same ? 'the same report again' : 'another report than was issued'}`,
    `  digest   ${replay.digest} (${replay.engineVersion})`,
    `  replayed ${replay.replayedDigest} (${replay.replayedEngineVersion})`,
    ...replay.differences.map(differenceLine),
    ...(today === null
      ? missingToday(replay.todayMissing)
      : [
          `today's data: ${today.same ? 'the same' : 'another result'}; ${today.conclusion}, tier ${today.tier ?? 'cannot be told'}`,
          ...today.differences.map(differenceLine),
        ]),
  ].join('\n');
}

function missingToday(reason: Replay['todayMissing']): string[] {
  if (reason === 'not_asked') return [];
  if (reason === 'not_assessable') return ["today's data: the household cannot be assessed"];
  return ["today's data: no answer in time; ask again"];
}

function differenceLine({ what, name, member, recordId, was, is }: Difference): string {
  const where = [member === null ? '' : `row ${member}`, recordId ?? ''].filter(Boolean).join(', ');
  return `  ${what} ${name}${where ? ` (${where})` : ''}: ${shown(was)} -> ${shown(is)}`;
}

function shown(value: Difference['was']): string {
  if (value === null) return 'none';
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key} ${inner ?? 'none'}`)
    .join(', ');
}
