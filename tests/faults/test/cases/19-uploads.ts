/** Files that are too large, too clever, in a strange encoding, or wrong in every row. */
import { deflateRawSync } from 'node:zlib';
import { residentMiB, watchMemory } from '../world/memory.js';
import { zipOf } from '../world/zip.js';
import { duringBatch, type Fault, type Scene } from './scene.js';

const MIB = 2 ** 20;
const GROWTH_MIB = 300;
const HEADER = 'record_id,holder_id_type,holder_id_number,holder_name';
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

interface Answer {
  status: number;
  body: { id?: string; code?: string; state?: string; counts?: { read: number; rejected: number } };
}

async function upload(
  scene: Scene,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  contentType: string,
): Promise<Answer> {
  // As of the day that the department has told of: nothing that comes later may find itself older.
  const last = scene.town.loads.find(({ type }) => type === 'registration');
  const query = new URLSearchParams({ scope: last?.scope ?? '', asOf: last?.asOf ?? '', mode: 'delta' });
  const answer = await scene.world
    .fetch(`/v1/sources/vehicle/registration/loads?${query}`, {
      method: 'POST',
      headers: { 'content-type': contentType, 'idempotency-key': crypto.randomUUID() },
      body,
      duplex: 'half',
    })
    .catch((error: unknown) => {
      // A refusal may come, and close the connection, before everything has been sent.
      if (!(body instanceof Uint8Array)) return null;
      throw error;
    });
  if (answer === null) return { status: 0, body: {} };
  return { status: answer.status, body: (await answer.json().catch(() => ({}))) as Answer['body'] };
}

function refused(what: string, { status, body }: Answer): void {
  if (status >= 500) throw new Error(`${what} is answered with ${status} ${body.code ?? ''}`);
  if (status >= 400 || status === 0 || body.state === 'refused') return;
  if (body.counts && body.counts.read > 0 && body.counts.rejected === body.counts.read) return;
  throw new Error(`${what} is not refused: ${status} ${JSON.stringify(body).slice(0, 300)}`);
}

/** Lines that are wrong each in its own way, as a stream that is never in memory whole. */
async function* badRows(columns: string, wanted: (bytes: number, rows: number) => boolean): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${columns}\n`);
  const fields = columns.split(',').length;
  let bytes = 0;
  let rows = 0;
  while (wanted(bytes, rows)) {
    const text: string[] = [];
    for (let i = 0; i < 1_000 && wanted(bytes, rows); i++) {
      const line = Array.from({ length: fields }, (_, f) => (f === 0 ? `bad-${rows}` : 'wrong')).join(',');
      text.push(line);
      bytes += line.length + 1;
      rows++;
    }
    yield Buffer.from(`${text.join('\n')}\n`);
  }
}

async function columnsOf(scene: Scene): Promise<string> {
  const answer = await scene.world.fetch('/v1/sources/vehicle/registration/template?format=csv');
  const text = answer.ok ? await answer.text() : '';
  return text.replace(/^\uFEFF/, '').split(/\r?\n/)[0] || HEADER;
}

/** A workbook whose one sheet is `bytes` of blanks: a thousandth of that on the wire. */
function bomb(bytes: number): Buffer {
  const piece = Buffer.alloc(bytes, 0x20);
  const text = (name: string) => Buffer.from(name);
  return zipOf([
    { name: '[Content_Types].xml', bytes: text('<?xml version="1.0"?><Types/>') },
    {
      name: 'xl/workbook.xml',
      bytes: text(
        '<?xml version="1.0"?><workbook><sheets><sheet name="1" sheetId="1" r:id="rId1"/></sheets></workbook>',
      ),
    },
    { name: 'xl/worksheets/sheet1.xml', bytes: piece, deflated: deflateRawSync(piece, { level: 9 }) },
  ]);
}

export const badUploads: Fault = {
  number: 19,
  title:
    'uploads: huge, a zip bomb, a wrong encoding, bad in every row: bounded memory, a clear refusal or every reject',
  async run(scene) {
    const { world, long } = scene;
    const services = ['gateway', 'vehicle-source'] as const;
    const before = services.map((service) => residentMiB(world.pidOf(service)));
    const watches = services.map((service) => watchMemory(() => world.pidOf(service)));
    const columns = await columnsOf(scene);

    const size = Number(process.env.HEDUI_FAULTS_UPLOAD_MIB ?? (long ? 1024 : 50)) * MIB;
    refused(
      'a huge file',
      await upload(
        scene,
        badRows(columns, (bytes) => bytes < size),
        'text/csv',
      ),
    );
    refused('a zip bomb', await upload(scene, new Uint8Array(bomb((long ? 1024 : 200) * MIB)), XLSX));
    const utf16 = Buffer.from(`\uFEFF${columns}\nr-1,x\n`, 'utf16le');
    refused('a wrong encoding', await upload(scene, new Uint8Array(utf16), 'text/csv'));
    const torn = Buffer.concat([Buffer.from(`${columns}\n`), Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0x0a])]);
    refused('torn UTF-8', await upload(scene, new Uint8Array(torn), 'text/csv'));

    const rows = long ? 1_000_000 : 50_000;
    const many = await upload(
      scene,
      badRows(columns, (_, row) => row < rows),
      'text/csv',
    );
    refused('a file of bad rows', many);
    if (many.body.id !== undefined) {
      const list = await world.fetch(`/v1/loads/${many.body.id}/rejects?format=csv`);
      const seen = { lines: 0 };
      if (!list.body) throw new Error('there is no reject list');
      for await (const piece of list.body) for (const byte of piece as Uint8Array) if (byte === 10) seen.lines++;
      scene.note('rejected rows listed', seen.lines - 1);
      if (seen.lines - 1 < rows) throw new Error(`${seen.lines - 1} of ${rows} rejected rows are listed`);
    }
    for (const [i, service] of services.entries()) {
      const grown = (watches[i]?.stop() ?? 0) - (before[i] ?? 0);
      scene.note(`${service} grew, MiB`, grown);
      if (grown > GROWTH_MIB) throw new Error(`${service} grew by ${grown} MiB over uploads`);
    }
    await duringBatch(scene, async () => undefined);
  },
};
