import type { CorrelationId } from '@hedui/contracts';
import type { RecordTypeDefinition } from '../definition.js';
import type { RecordIds } from '../intake/record-ids.js';

/** What all messages of one load have in common. */
export interface SendingContext {
  source: string;
  type: RecordTypeDefinition;
  producedBy: string;
  epoch: number;
  correlationId: CorrelationId;
  /** Milliseconds since 1970, for people. */
  now: number;
  ids: Pick<RecordIds, 'open' | 'travelling'>;
}
