import type { LogConsumer } from './port.js';

/** Consumers of one service: begun one after the other, closed together. When one cannot begin, those that have are closed. */
export async function beginAll(
  begins: readonly (() => Promise<LogConsumer>)[],
): Promise<{ joined: Promise<unknown>; close(): Promise<void> }> {
  const consumers: LogConsumer[] = [];
  const close = async () => {
    await Promise.all(consumers.map((consumer) => consumer.close()));
  };
  try {
    for (const begin of begins) consumers.push(await begin());
  } catch (error) {
    await close();
    throw error;
  }
  return { joined: Promise.all(consumers.map((consumer) => consumer.joined)), close };
}
