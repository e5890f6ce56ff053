import { runSource } from '@hedui/source-kit';
import { taxSource } from './definition.js';

await runSource(taxSource);
