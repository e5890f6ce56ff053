/**
 * Preloaded into every service of a world (`NODE_OPTIONS=--import`): makes a service die, freeze, hang or fail at an exact place between
 * two database statements. Services know nothing of it. What is to happen stands in `$HEDUI_FAULTS_DIR/<service>.json`:
 *
 *   { "statement": "regexp over the SQL", "in": "regexp over an earlier statement of the same transaction, or absent",
 *     "at": "before" | "after", "count": 1, "action": "kill" | "freeze" | "hang" | "fail", "code": "40001", "ms": 30000 }
 *
 * `count`: at the nth match. When it happens, the file becomes `<service>.done.json`, so that it happens once, in one process of several,
 * and `<service>.pid` names that process.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const folder = process.env.HEDUI_FAULTS_DIR;
const service = process.env.HEDUI_SERVICE;

if (folder && service) {
  const file = path.join(folder, `${service}.json`);
  let plan = null;
  let left = 0;
  const look = () => {
    if (plan !== null && !existsSync(file)) plan = null;
    if (plan !== null || !existsSync(file)) return;
    try {
      plan = JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      return;
    }
    plan.statementPattern = new RegExp(plan.statement, 'is');
    plan.inPattern = plan.in ? new RegExp(plan.in, 'is') : null;
    left = plan.count ?? 1;
  };
  look();
  setInterval(look, 20).unref();

  const require = createRequire(path.join(process.cwd(), 'package.json'));
  let pg;
  try {
    pg = require('pg');
  } catch {
    pg = null;
  }
  if (pg) {
    const query = pg.Client.prototype.query;
    const told = new WeakMap();
    const due = (client, text) => {
      const before = told.get(client) ?? [];
      if (/^\s*BEGIN/i.test(text)) told.set(client, []);
      else told.set(client, [...before.slice(-50), text]);
      if (plan === null || left <= 0 || !plan.statementPattern.test(text)) return false;
      if (plan.inPattern && !before.some((earlier) => plan.inPattern.test(earlier))) return false;
      left--;
      return left === 0;
    };
    /** False when another process of the service was first. */
    const claim = () => {
      try {
        writeFileSync(path.join(folder, `${service}.pid`), String(process.pid));
        renameSync(file, path.join(folder, `${service}.done.json`));
        return true;
      } catch {
        return false;
      }
    };
    const act = async () => {
      const { action, code, ms } = plan ?? {};
      plan = null;
      if (!claim()) return;
      if (action === 'kill') process.kill(process.pid, 'SIGKILL');
      if (action === 'freeze') process.kill(process.pid, 'SIGSTOP');
      if (action === 'hang') await new Promise((resolve) => setTimeout(resolve, ms ?? 30_000));
      if (action === 'fail') throw Object.assign(new Error('planned failure'), { code: code ?? '40001' });
    };
    pg.Client.prototype.query = function planned(...args) {
      const [first] = args;
      const text = typeof first === 'string' ? first : (first?.text ?? '');
      const last = args.at(-1);
      const submittable = typeof first?.submit === 'function';
      if (!due(this, text) || submittable || typeof last === 'function') return query.apply(this, args);
      if (plan.at === 'after') {
        return query.apply(this, args).then(async (result) => {
          await act();
          return result;
        });
      }
      return act().then(() => query.apply(this, args));
    };
  }
}
