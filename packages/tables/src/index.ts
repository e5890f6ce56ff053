export type { RowsOfBlock, RowsOfBlocks } from './block-rows.js';
export type { BlockMemory } from './blocks.js';
export * from './columns.js';
export * from './csv-part.js';
export * from './csv-parts.js';
export * from './explanations.js';
export * from './media.js';
export * from './rejects.js';
export * from './row-rules.js';
export {
  openTable,
  type Table,
  type TableFormat,
  type TableLimits,
  type TableOptions,
  tooManyRows,
} from './table.js';
export * from './template.js';
