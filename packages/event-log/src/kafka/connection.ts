/** What kafkajs connects and disconnects. */
interface Connectable {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

interface Life<T> {
  client: Promise<T>;
  users: number;
  retired: boolean;
}

/**
 * A client that is connected when first used, and replaced after a failure: kafkajs asks for every topic that a client ever met,
 * so that one which was deleted since fails all its further calls. Work that is under way on the old client ends undisturbed.
 */
export class Connection<T extends Connectable> {
  private life: Life<T> | null = null;

  constructor(private readonly make: () => T) {}

  async use<R>(work: (client: T) => Promise<R>): Promise<R> {
    this.life ??= { client: this.connected(), users: 0, retired: false };
    const life = this.life;
    life.users++;
    try {
      return await work(await life.client);
    } catch (error) {
      this.retire(life);
      throw error;
    } finally {
      life.users--;
      this.discard(life);
    }
  }

  async close(): Promise<void> {
    const { life } = this;
    if (!life) return;
    this.life = null;
    await (await life.client.catch(() => null))?.disconnect();
  }

  private async connected(): Promise<T> {
    const client = this.make();
    await client.connect();
    return client;
  }

  private retire(life: Life<T>): void {
    life.retired = true;
    if (this.life === life) this.life = null;
  }

  private discard(life: Life<T>): void {
    if (!life.retired || life.users > 0) return;
    life.client.then((client) => client.disconnect()).catch(() => {});
  }
}
