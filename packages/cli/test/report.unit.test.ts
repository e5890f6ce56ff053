import { createServer, type Server } from 'node:http';
import { openApiDocument, type Replay, replaySchema, reportExplanationSchema } from '@hedui/contracts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { run } from '../src/main.js';

let server: Server;
let answer: { status: number; body: unknown };
let seen: string[];
beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    request.resume();
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function hedui(...words: string[]) {
  const address = server.address();
  const url = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : '';
  const out: string[] = [];
  const err: string[] = [];
  const console = { out: (t: string) => void out.push(t), err: (t: string) => void err.push(t), terminal: false };
  const status = await run(words, console, { HEDUI_URL: url, HEDUI_TOKEN: 'secret' });
  return { status, out: out.join('\n'), err: err.join('\n') };
}

/** What the API's own document shows as the answer of a call. */
function documented(...keys: string[]): unknown {
  const places = ['paths', ...keys, 'responses', '200', 'content', 'application/json', 'example'];
  return places.reduce<unknown>((here, key) => Object(here)[key], openApiDocument('1'));
}
const explanation = reportExplanationSchema.parse(documented('/v1/reports/{reportNo}/explanation', 'get'));
const replay = replaySchema.parse(documented('/v1/reports/{reportNo}/replay', 'post'));

describe('hedui report explain', () => {
  it('prints the sentences of the explanation in both languages, or in one', async () => {
    answer = { status: 200, body: explanation };
    const both = await hedui('report', 'explain', 'R1');
    expect(seen).toEqual(['GET /v1/reports/R1/explanation']);
    expect(both.status).toBe(0);
    for (const text of [explanation.conclusion.text.zh, explanation.arithmetic.annualIncome.text.en]) {
      expect(both.out).toContain(text);
    }
    const english = await hedui('report', 'explain', 'R1', '--lang', 'en');
    expect(english.out).toContain(explanation.conclusion.text.en);
    expect(english.out).toContain('Cleared by: ');
    expect(english.out).not.toContain(explanation.conclusion.text.zh);
    const chinese = await hedui('report', 'explain', 'R1', '--lang', 'zh');
    expect(chinese.out).toContain(explanation.findings[0]?.text.zh);
    expect(chinese.out).not.toContain('Cleared by: ');
    // What is nothing on both sides is left out.
    expect(chinese.out).not.toContain(explanation.arithmetic.members[0]?.income.other.text.zh);
  });

  it('prints it as it came, tells that a report is not ready, and refuses another language', async () => {
    answer = { status: 200, body: explanation };
    expect(JSON.parse((await hedui('report', 'explain', 'R1', '--json')).out)).toEqual(explanation);
    expect((await hedui('report', 'explain', 'R1', '--lang', 'fr')).status).toBe(2);
    answer = { status: 202, body: { reportNo: 'R1', state: 'pending', location: '/v1/reports/R1' } };
    expect(await hedui('report', 'explain', 'R1')).toMatchObject({ status: 1, err: 'report R1 is not ready yet' });
  });
});

describe('hedui report replay', () => {
  it('ends with 0 when the report is the same, whatever today says', async () => {
    answer = { status: 200, body: replay };
    const same = await hedui('report', 'replay', 'R1');
    expect(seen).toEqual(['POST /v1/reports/R1/replay?today=true']);
    expect(same.status).toBe(0);
    expect(same.out).toContain('the same report again');
    expect(same.out).toContain('conclusion conclusion: does_not_meet -> needs_review');
    expect(same.out).toContain('finding_removed VEHICLE_OWNED (row 1, V-1): effect fails -> none');
  });

  it('ends with 1 when it is another one', async () => {
    const differences = [
      { what: 'tier', name: 'tier', member: null, source: null, recordId: null, was: 'dibao', is: null } as const,
    ];
    const other: Replay = {
      ...replay,
      same: false,
      differences: [...differences],
      today: null,
      todayMissing: 'no_answer',
    };
    answer = { status: 200, body: other };
    const found = await hedui('report', 'replay', 'R1', '--no-today');
    expect(seen).toEqual(['POST /v1/reports/R1/replay?today=false']);
    expect(found.status).toBe(1);
    expect(found.out).toContain('tier tier: dibao -> none');
    expect(found.out).toContain('no answer in time');
    expect(JSON.parse((await hedui('report', 'replay', 'R1', '--json')).out)).toEqual(other);
  });
});
