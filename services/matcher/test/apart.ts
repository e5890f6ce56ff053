import type { EventLog, OutgoingMessage, StoredPosition } from '@hedui/event-log';

/**
 * The same log under topic and group names of this test alone: the run's broker is shared with other tests that use the
 * mesh's own names.
 */
export function apart(log: EventLog, prefix: string): EventLog {
  const outside = (topic: string) => `${prefix}.${topic}`;
  const inside = (topic: string) => topic.slice(prefix.length + 1);
  const named = <T extends { topic: string }>(of: T, name: (topic: string) => string): T => ({
    ...of,
    topic: name(of.topic),
  });
  return {
    ...log,
    kind: log.kind,
    ensureTopics: (topics) => log.ensureTopics(topics.map((topic) => ({ ...topic, name: outside(topic.name) }))),
    publish: (messages) => log.publish(messages.map((message: OutgoingMessage) => named(message, outside))),
    consume: ({ onReset, ...options }) =>
      log.consume({
        ...options,
        group: outside(options.group),
        topics: options.topics.map(outside),
        positions: async () => (await options.positions()).map((position: StoredPosition) => named(position, outside)),
        handler: (batch, context) => options.handler(named(batch, inside), context),
        ...(onReset
          ? { onReset: (reset) => onReset({ ...named(reset, inside), stored: named(reset.stored, inside) }) }
          : {}),
      }),
    offsets: async (topic) => (await log.offsets(outside(topic))).map((offsets) => named(offsets, inside)),
    ping: () => log.ping(),
    close: () => log.close(),
  };
}
