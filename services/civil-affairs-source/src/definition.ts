import { defineSource } from '@hedui/source-kit';
import { assistance } from './assistance.js';
import { death } from './death.js';
import { marriage } from './marriage.js';

/** Civil affairs: marriage events, deaths, and assistance that is being paid. */
export const civilAffairsSource = defineSource({
  source: 'civil_affairs',
  title: { zh: '民政', en: 'Civil affairs' },
  recordTypes: [marriage, death, assistance],
});
