/**
 * Makes the installation's keys at the first start and lays each where only those who need it look: the named zone's keys,
 * the public half of the token key, and the operator's profile with the tokens.
 */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { AUDITED, auditKeyOf, ensureKeys, homeAt, writeProfile } from '@hedui/local';

const [, , folder = '/keys', url = 'http://localhost:8080'] = process.argv;
const named = path.join(folder, 'named');
const home = { ...homeAt(path.join(folder, 'operator')), keys: path.join(folder, 'operator') };
const files = ensureKeys(home, existsSync(path.join(named, 'pseudonyms.json')));
for (const file of [files.pseudonyms, files.keyRing]) copyFileSync(file, path.join(named, path.basename(file)));
for (const service of AUDITED) {
  const own = path.join(folder, 'audit', service);
  mkdirSync(own, { recursive: true });
  copyFileSync(auditKeyOf(files, service), path.join(own, `${service}.json`));
}
for (const file of [files.identity, files.logins])
  copyFileSync(file, path.join(folder, 'identity', path.basename(file)));
copyFileSync(files.jwks, path.join(folder, 'public', path.basename(files.jwks)));
writeProfile(home, files, url);
