import { runSource } from '@hedui/source-kit';
import { civilAffairsSource } from './definition.js';

await runSource(civilAffairsSource);
