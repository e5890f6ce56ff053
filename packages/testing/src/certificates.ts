import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generate } from 'selfsigned';

/** A certificate of the test's own authority, as PEM files. */
export interface TestCertificate {
  cert: string;
  key: string;
  /** Key and certificate in one file, as a Kafka broker wants them. */
  both: string;
}

export interface TestAuthority {
  /** The authority's certificate (PEM file). */
  ca: string;
  /** A certificate for `localhost` and 127.0.0.1 under this name. */
  issue(name: string): Promise<TestCertificate>;
  remove(): void;
}

/** An authority for one test, with its files in a folder of its own. */
export async function testAuthority(): Promise<TestAuthority> {
  const folder = mkdtempSync(path.join(tmpdir(), 'hedui-tls-'));
  const put = (name: string, text: string) => {
    const file = path.join(folder, name);
    // PostgreSQL refuses a key that others can read.
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const own = await generate([{ name: 'commonName', value: 'test authority' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    ca: put('ca.pem', own.cert),
    async issue(name) {
      const made = await generate([{ name: 'commonName', value: name }], {
        keyType: 'ec',
        algorithm: 'sha256',
        ca: { key: own.private, cert: own.cert },
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'keyUsage', digitalSignature: true },
          { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
          {
            name: 'subjectAltName',
            altNames: [
              { type: 2, value: 'localhost' },
              { type: 7, ip: '127.0.0.1' },
            ],
          },
        ],
      });
      return {
        cert: put(`${name}.pem`, made.cert),
        key: put(`${name}.key`, made.private),
        both: put(`${name}.both`, `${made.private}\n${made.cert}\n`),
      };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
