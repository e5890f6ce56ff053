import { runSource } from '@hedui/source-kit';
import { housingFundSource } from './definition.js';

await runSource(housingFundSource);
