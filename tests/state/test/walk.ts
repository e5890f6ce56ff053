/** Carries out steps on the mesh and on the plain model, and compares what each knows. */
import type { Load } from '@hedui/contracts';
import { expect } from '@jest/globals';
import { compare } from './compare.js';
import type { Answer, Sending } from './desk.js';
import { fileOf, type RowPlan, rowOf, type TypeName } from './files.js';
import { beginWalk, type Walk } from './knowledge.js';
import { DATES, type FutileWay, type LoadPlan, type Step, stepText } from './steps.js';
import { GUARD, type Town } from './town.js';
import { hear, lastAsOf, liesIn, type Outcome, type Told } from './truth.js';

export async function walk(town: Town, steps: readonly Step[], tally: Record<string, number>): Promise<void> {
  const here = beginWalk(town, tally);
  const last: Step = { do: 'compare' };
  for (const [at, step] of [...steps, last].entries()) {
    await take(here, step).catch((error: unknown) => {
      const done = steps.slice(0, at + 1).map((one, n) => `${n + 1} ${stepText(one)}`);
      const said = error instanceof Error ? error.message : String(error);
      throw new Error(`step ${at + 1} failed: ${said}\n${done.join('\n')}`, { cause: error });
    });
  }
}

const toldOf = ({ type, scope, asOf, mode, allowOlder, rows }: LoadPlan): Told<RowPlan> => ({
  scope,
  asOf,
  mode,
  allowOlder,
  rows: rows.map((plan) => rowOf(type, plan)),
});

const count = ({ tally }: Walk, what: string) => {
  tally[what] = (tally[what] ?? 0) + 1;
};

export async function take(here: Walk, step: Step): Promise<void> {
  const { town, truth } = here;
  count(here, step.do);
  switch (step.do) {
    case 'load':
      return void (await send(here, step.load));
    case 'together':
      return await sendTogether(here, step.loads);
    case 'again': {
      const load = here.newest[step.type];
      if (!load) return;
      const counts = await send(here, { ...load, confirm: false });
      expect(counts).toMatchObject({ applied: 0, withdrawn: 0 });
      return;
    }
    case 'confirm': {
      const [chosen] = here.waiting.splice(step.at % Math.max(1, here.waiting.length), 1);
      if (!chosen) return;
      const { id, load } = chosen;
      const desk = town.deskOf(load.type);
      const answer = await desk.confirm(id);
      expect(answer.code).toBeNull();
      const outcome = hear(truth[load.type], toldOf(load), true, GUARD);
      return await note(here, load, outcome, await desk.settled(id));
    }
    case 'nothing comes of':
      return await sendInVain(here, step.load, step.how);
    case 'correct': {
      const all = [...truth[step.type].records.values()];
      const record = all[step.at % Math.max(1, all.length)];
      if (!record) return;
      const { plan } = record.said;
      const row = { ...plan, content: step.content, person: step.person ?? plan.person };
      return void (await send(here, fresh(here, step.type, record.scope, 'delta', [row])));
    }
    case 'rename': {
      const records = [...truth[step.type].records.values()];
      const rows = records.flatMap(({ said: { plan } }) =>
        plan.person === step.person ? [{ ...plan, changedName: !plan.changedName }] : [],
      );
      return void (await send(here, fresh(here, step.type, '520000', 'delta', rows)));
    }
    case 'leave out': {
      const records = [...truth[step.type].records.values()].filter(({ scope }) => liesIn(scope, step.scope));
      const rows = records.map(({ said }) => said.plan);
      // Left out, or there but faulty, which holds the record.
      const [left] = rows.splice(step.at % Math.max(1, rows.length), 1);
      if (left && step.at >= 4) rows.push({ ...left, fault: 'date' });
      const load = fresh(here, step.type, step.scope, 'full', rows);
      return void (await send(here, { ...load, confirm: step.confirm }));
    }
    case 'matchers':
      return await town.matchers.run(step.count);
    case 'forget profiles':
      return await town.matchers.forget();
    case 'restart source':
      return await sendAndRestart(here, step.load);
    case 'restored': {
      const { source, restored } = town.deskOf(step.type);
      const epoch = await restored();
      here.epochs.set(source, epoch);
      return;
    }
    case 'compare':
      return await compare(here);
  }
}

/** A load of the newest date, so that it is not refused. */
function fresh(here: Walk, type: TypeName, scope: string, mode: LoadPlan['mode'], rows: RowPlan[]): LoadPlan {
  const asOf = DATES.find((date) => date === lastAsOf(here.truth[type], scope)) ?? DATES[3];
  return { type, scope: scope as LoadPlan['scope'], asOf, mode, allowOlder: false, confirm: false, rows };
}

const sendingOf = ({ scope, asOf, mode, allowOlder, confirm }: LoadPlan): Sending => ({
  scope,
  asOf,
  mode,
  allowOlder,
  confirm,
});

const post = (here: Walk, load: LoadPlan): Promise<Answer> =>
  here.town.deskOf(load.type).send(load.type, sendingOf(load), fileOf(load.type, load.rows));

/** Sends a load and waits until its source has decided. Returns its counts when it took effect. */
async function send(here: Walk, load: LoadPlan): Promise<Load['counts'] | null> {
  const answer = await post(here, load);
  const outcome = hear(here.truth[load.type], toldOf(load), load.confirm, GUARD);
  if (answer.load === null) {
    expect([answer.code, outcome.is]).toEqual(['AS_OF_BACKWARDS', 'refused']);
    count(here, 'refused');
    return null;
  }
  const settled = await here.town.deskOf(load.type).settled(answer.load.id);
  await note(here, load, outcome, settled);
  return outcome.is === 'completed' ? settled.counts : null;
}

/** Compares what became of a load with what the model says. */
async function note(here: Walk, load: LoadPlan, outcome: Outcome, settled: Load): Promise<void> {
  count(here, outcome.is);
  if (outcome.is === 'refused') {
    expect(settled).toMatchObject({ state: 'refused', refusal: { code: 'AS_OF_BACKWARDS' } });
  } else if (outcome.is === 'waiting') {
    expect(settled).toMatchObject({ state: 'received', waitingFor: 'confirmWithdrawals' });
    here.waiting.push({ id: settled.id, load });
  } else {
    expect({ ...settled, waitingFor: null }).toMatchObject({ counts: outcome.counts });
    expect(['stored', 'applied']).toContain(settled.state);
    here.newest[load.type] = load;
    here.completed.push({ desk: here.town.deskOf(load.type), id: settled.id, outcome });
  }
}

/** Loads sent at once take effect in the order in which their source got them whole: that order is asked for. */
async function sendTogether(here: Walk, loads: readonly LoadPlan[]): Promise<void> {
  const latest = new Map(loads.map(({ type, scope }) => [`${type}${scope}`, lastAsOf(here.truth[type], scope) ?? '']));
  for (const { type, scope, asOf } of loads) {
    const key = `${type}${scope}`;
    if (asOf > (latest.get(key) ?? '')) latest.set(key, asOf);
  }
  const answers = await Promise.all(loads.map((load) => post(here, load)));
  await hearInOrder(here, loads, answers, ({ type, scope, asOf, allowOlder }, code) => {
    // Refused at the door: some load of its scope, here or before, was of a later date.
    expect(code).toBe('AS_OF_BACKWARDS');
    expect([allowOlder, asOf < (latest.get(`${type}${scope}`) ?? '')]).toEqual([false, true]);
    count(here, 'refused');
  });
}

async function hearInOrder(
  here: Walk,
  loads: readonly LoadPlan[],
  answers: readonly Answer[],
  turnedAway: (load: LoadPlan, code: string) => void,
): Promise<void> {
  const received = new Map<string, LoadPlan>();
  for (const [at, load] of loads.entries()) {
    const answer = answers[at];
    if (answer?.load) received.set(answer.load.id, load);
    else turnedAway(load, answer?.code ?? 'no answer');
  }
  for (const desk of here.town.desks) {
    for (const id of await desk.inOrder([...received.keys()])) {
      const load = received.get(id);
      if (!load) throw new Error('a load that nobody sent');
      const outcome = hear(here.truth[load.type], toldOf(load), load.confirm, GUARD);
      await note(here, load, outcome, await desk.settled(id));
    }
  }
}

/** More than one batch of rows: the file breaks off when much of it has been staged. */
const MANY_ROWS = 4500;

async function sendInVain(here: Walk, load: LoadPlan, how: FutileWay): Promise<void> {
  const desk = here.town.deskOf(load.type);
  // Not to be turned away for its date.
  const sending = { ...sendingOf(load), allowOlder: true };
  const file = fileOf(load.type, load.rows);
  const long = fileOf(load.type, Array<RowPlan>(MANY_ROWS).fill(ANY_ROW));
  if (how === 'breaks off' || how === 'breaks off late') {
    const code = await desk.sendHalf(load.type, sending, how === 'breaks off' ? file : long);
    expect(code).toBe('BODY_BROKEN_OFF');
  } else {
    const body = how === 'zero bytes' ? '' : file.replace('record_id', 'number');
    const { code } = await desk.send(load.type, sending, body);
    expect(code).toBe(how === 'zero bytes' ? 'FILE_EMPTY' : 'HEADER_UNUSABLE');
  }
  expect(await desk.leftovers()).toBe(0);
}

const ANY_ROW: RowPlan = {
  id: 0,
  person: 0,
  other: 1,
  changedName: false,
  content: 0,
  spelled: false,
  fault: 'none',
};

/** The service is stopped while the file is under way: it was either answered with 202 and counts, or it changed nothing. */
async function sendAndRestart(here: Walk, load: LoadPlan): Promise<void> {
  const desk = here.town.deskOf(load.type);
  const [answer] = await Promise.all([post(here, load), desk.restart()]);
  await hearInOrder(here, [load], [answer], (_, code) => count(here, `restart: ${code}`));
}
