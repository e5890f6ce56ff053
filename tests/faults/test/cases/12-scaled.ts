/** Matchers that come, freeze, are fenced, come back and go. */
import { shared } from '../world/group.js';
import { duringBatch, type Fault, underWay } from './scene.js';

const GROUP = 'matcher.requests';
/** Longer than a session of either log (10 s and 15 s). */
const SLOW_MS = 18_000;

export const matchersScaled: Fault = {
  number: 12,
  title: 'one matcher, three, one in mid-batch; a slow and a frozen one are fenced: no second effect',
  async run(scene) {
    const { world } = scene;
    const atCommit = { statement: '^commit', in: 'outbox', at: 'before' } as const;
    // One freezes with a chunk in its hands: the batch stands still until two more have taken over from it.
    await world.plan('matcher', { ...atCommit, action: 'freeze' });
    const { first, second } = await scaleOut();
    // A handler that is slower than a session, with its process alive.
    await world.plan('matcher', { ...atCommit, action: 'hang', ms: SLOW_MS });
    await duringBatch(scene, async () => {
      await world.happened('matcher');
    });
    await duringBatch(
      scene,
      async (id) => {
        const codes = await Promise.all([first.stop('SIGTERM'), second.stop('SIGTERM')]);
        if (codes.some((code) => code !== 0)) throw new Error(`matchers ended with ${codes.join()} when told to stop`);
        await underWay(scene, id);
        await shared(world, GROUP, 1);
      },
      { holdMs: 12_000 },
    );

    async function scaleOut() {
      const open: { pid: number; copies: Awaited<ReturnType<typeof world.startCopy>>[] } = { pid: 0, copies: [] };
      await duringBatch(scene, async (id) => {
        open.pid = await world.happened('matcher');
        open.copies = await Promise.all([world.startCopy('matcher'), world.startCopy('matcher')]);
        await underWay(scene, id);
        await shared(world, GROUP, 2);
      });
      // The batch is done without the frozen one. Awake again, it holds work that others have done.
      process.kill(open.pid, 'SIGCONT');
      await shared(world, GROUP, 3);
      const [one, two] = open.copies;
      if (!one || !two) throw new Error('there are no copies');
      return { first: one, second: two };
    }
  },
};
