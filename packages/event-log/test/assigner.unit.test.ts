import { describe, expect, it } from '@jest/globals';
import { assignPartitions, type GroupMember } from '../src/kafka/assigner.js';
import { fairShares } from '../src/reading/shares.js';

const member = (id: string, topics: string[], holds: GroupMember['holds'] = []): GroupMember => ({ id, topics, holds });
const eight = () => [0, 1, 2, 3, 4, 5, 6, 7];
const counts = (assigned: Map<string, readonly unknown[]>) =>
  Object.fromEntries([...assigned].map(([id, places]) => [id, places.length]));

describe('fair shares', () => {
  it('gives the remainder to those who hold most', () => {
    const shares = fairShares(8, [
      { id: 'a', holds: 0, turn: 0 },
      { id: 'b', holds: 5, turn: 1 },
      { id: 'c', holds: 3, turn: 2 },
    ]);
    expect(Object.fromEntries(shares)).toEqual({ a: 2, b: 3, c: 3 });
  });
});

describe('the assignment of a group', () => {
  it('gives every partition one reader, evenly', () => {
    const assigned = assignPartitions(
      [member('a', ['t', 'u']), member('b', ['t', 'u']), member('c', ['t', 'u'])],
      eight,
    );
    const places = [...assigned.values()].flat().map((place) => `${place.topic}/${place.partition}`);
    expect(new Set(places).size).toBe(16);
    expect(places).toHaveLength(16);
    for (const count of Object.values(counts(assigned))) expect([5, 6]).toContain(count);
  });

  it('moves only what a newcomer has to get', () => {
    const before = assignPartitions([member('a', ['t']), member('b', ['t'])], eight);
    const after = assignPartitions(
      [member('a', ['t'], before.get('a')), member('b', ['t'], before.get('b')), member('c', ['t'])],
      eight,
    );
    expect(counts(after)).toEqual({ a: 3, b: 3, c: 2 });
    for (const id of ['a', 'b']) {
      for (const place of after.get(id) ?? []) expect(before.get(id)).toContainEqual(place);
    }
  });

  it('leaves a single partition where it is', () => {
    const holds = [{ topic: 't', partition: 0 }];
    expect(counts(assignPartitions([member('a', ['t']), member('z', ['t'], holds)], () => [0]))).toEqual({
      a: 0,
      z: 1,
    });
  });

  it('spreads topics of one partition over the members', () => {
    const topics = ['p', 'q', 'r', 's'];
    expect(counts(assignPartitions([member('a', topics), member('b', topics)], () => [0]))).toEqual({ a: 2, b: 2 });
  });

  it('gives a member only topics that it reads', () => {
    const assigned = assignPartitions([member('old', ['t']), member('new', ['t', 'u'])], eight);
    expect(assigned.get('old')?.every((place) => place.topic === 't')).toBe(true);
    expect(counts(assigned)).toEqual({ old: 4, new: 12 });
  });

  it('settles two claims on one partition', () => {
    const holds = eight().map((partition) => ({ topic: 't', partition }));
    const assigned = assignPartitions([member('a', ['t'], holds), member('b', ['t'], holds)], eight);
    expect(counts(assigned)).toEqual({ a: 4, b: 4 });
    expect(new Set([...assigned.values()].flat().map((place) => place.partition)).size).toBe(8);
  });
});
