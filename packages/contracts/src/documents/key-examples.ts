import type { KeyRotations } from '../http/keys.js';

const rotations: KeyRotations = {
  pseudonyms: '1',
  items: [
    {
      kind: 'pseudonyms',
      from: '1',
      to: '2',
      step: 'preparing',
      startedAt: '2026-11-20T02:00:00.000Z',
      finishedAt: null,
      removable: false,
      waitingFor: ['matcher tax/income doubled'],
      progress: [
        {
          service: 'tax-source',
          about: '',
          step: 'translating',
          done: 4000,
          total: 4000,
          at: '2026-11-20T02:00:04.000Z',
        },
      ],
    },
  ],
};

export const KEY_EXAMPLES = {
  listKeyRotations: { status: 200, answer: rotations },
};
