/** After a jest run: stops the parts and names the tests that could not run for want of one. */
const { existsSync, readFileSync, rmSync } = require('node:fs');
const path = require('node:path');

module.exports = async () => {
  await globalThis.heduiTestParts?.close();
  const file = process.env.HEDUI_MISSING_PARTS_FILE;
  if (!file) return;
  if (existsSync(file)) {
    const lines = [...new Set(readFileSync(file, 'utf8').trim().split('\n'))];
    process.stderr.write(`\nNot run for want of a part:\n${lines.map((line) => `  ${line}`).join('\n')}\n`);
  }
  if (path.basename(path.dirname(file)).startsWith('hedui-missing-'))
    rmSync(path.dirname(file), { recursive: true, force: true });
};
