import type { Logger } from '@hedui/logging';
import type { Pool } from '@hedui/postgres';
import type { Pseudonyms, Sealer } from '@hedui/privacy';
import type { PaperWatch } from './authorisations/watch.js';
import type { Changes } from './changes.js';
import type { PartThreads } from './intake/parts/threads.js';
import type { VersionedKeys } from './rotation/keys.js';
import type { Settings } from './settings.js';

/** What the features of this service work with. */
export interface Deps {
  pool: Pool;
  /** The key ring: wraps the key of each batch. */
  ring: Sealer;
  /** Under which everything in this database is joined, whatever version travels. */
  pseudonyms: Pseudonyms;
  /** Under which households travel; its key may be rotated while the service works. */
  keys: VersionedKeys;
  changes: Changes;
  /** Who has a registered or ended authorisation. */
  papers: PaperWatch;
  /** Threads that read large batches; null: they are read in this one. */
  partThreads: PartThreads | null;
  logger: Logger;
  settings: Settings;
  /** There is something to send: look at once. */
  wakeSenders(): void;
}
