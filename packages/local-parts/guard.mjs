/**
 * Watches over the children of one process. It reads lines `add <pid> <order> <signal> <graceMs>` and `remove <pid>` from
 * its input; when that input closes, for whatever reason the parent ended (kill -9 too), it stops what is still there:
 * lower orders first, politely, then with SIGKILL. It runs in a session of its own, so that a signal to the parent's
 * group does not take it along.
 */
import { createInterface } from 'node:readline';

const watched = new Map();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

const send = (pid, signal) => {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function stop(child) {
  if (!send(child.pid, child.signal)) return;
  for (const end = Date.now() + child.graceMs; Date.now() < end; await pause(50)) {
    if (!send(child.pid, 0)) return;
  }
  send(child.pid, 'SIGKILL');
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const [verb, pid, order, signal, graceMs] = line.split(' ');
  if (verb === 'add') {
    watched.set(pid, { pid: Number(pid), order: Number(order), signal, graceMs: Number(graceMs) });
  } else watched.delete(pid);
});
lines.on('close', async () => {
  for (const order of [...new Set([...watched.values()].map((c) => c.order))].sort((a, b) => a - b)) {
    await Promise.all([...watched.values()].filter((c) => c.order === order).map(stop));
  }
  process.exit(0);
});
