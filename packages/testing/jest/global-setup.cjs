/**
 * Before a jest run: opens a small server that test files ask for parts (PostgreSQL, Kafka, Redis). A part is started at
 * the first demand, once for the whole run, so a run that needs none pays for none. The parts live in this process, not in
 * a worker, because workers come and go.
 */
const { execFile } = require('node:child_process');
const { existsSync } = require('node:fs');
const http = require('node:http');
const { mkdtempSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { promisify } = require('node:util');

const testing = path.resolve(__dirname, '..');
const compiled = path.join(testing, 'dist/parts/run.js');
const tsc = require.resolve('typescript/package.json').replace('package.json', 'bin/tsc');

/** Jest does not transform what a global set-up imports, so the parts are compiled first; a tenth of a second when they are. */
async function openParts() {
  try {
    await promisify(execFile)(process.execPath, [tsc, '-b', testing]);
  } catch (error) {
    if (!existsSync(compiled)) throw new Error(`packages/testing does not compile:\n${error.stdout}`);
  }
  const { openParts: open } = await import(pathToFileURL(compiled).href);
  return open();
}

module.exports = async () => {
  let parts;
  const server = http.createServer(async (request, response) => {
    const name = (request.url ?? '/').slice(1);
    try {
      parts ??= openParts();
      const address = await (await parts).demand(name);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(address));
    } catch (error) {
      const problem = { why: error.message, remedy: error.remedy ?? '' };
      response.writeHead(503, { 'content-type': 'application/json' }).end(JSON.stringify(problem));
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  process.env.HEDUI_TEST_PARTS = `http://127.0.0.1:${server.address().port}`;
  process.env.HEDUI_MISSING_PARTS_FILE ??= path.join(mkdtempSync(path.join(tmpdir(), 'hedui-missing-')), 'missing.txt');
  globalThis.heduiTestParts = {
    async close() {
      server.close();
      server.closeAllConnections();
      await (await parts?.catch(() => null))?.close();
    },
  };
};
