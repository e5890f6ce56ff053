import { EXAMPLES } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import { lettersTable, letterText } from '../src/commands/dead-letter.js';
import { doctorText } from '../src/commands/doctor.js';
import { run } from '../src/main.js';

type Letter = Parameters<typeof letterText>[0];
type Doctor = Parameters<typeof doctorText>[0];

describe('hedui dead-letter', () => {
  const open = EXAMPLES.getDeadLetter.answer as Letter;

  it('shows where a letter comes from, why, and what may be done', () => {
    const text = letterText(open);
    for (const part of [open.id, 'POLICY_UNKNOWN', 'matcher.requests', 'mend, discard', '61230 bytes']) {
      expect(text).toContain(part);
    }
    expect(letterText(EXAMPLES.discardDeadLetter.answer as Letter)).toContain('obsolete, T-18');
    expect(lettersTable([open])).toContain(`chunk ${open.about.kind === 'chunk' ? open.about.chunkId : ''}`);
  });

  it('wants a reason of those that there are', async () => {
    const console = { out: () => {}, err: () => {}, terminal: false };
    for (const words of [
      ['discard', 'D-1'],
      ['discard', 'D-1', '--reason', 'because'],
      ['list', '--state', 'odd'],
    ]) {
      expect(await run(['dead-letter', ...words], console, {})).toBe(2);
    }
  });
});

describe('hedui doctor', () => {
  const doctor = EXAMPLES.getDoctor.answer as Doctor;

  it('prints what is wrong in the language asked for, and counts the rest', () => {
    const ok = { service: 'tax', check: 'DISK', state: 'ok' as const, seen: { zh: '', en: '' }, todo: null };
    const text = doctorText({ ...doctor, items: [ok, ...doctor.items] }, 'en', false);
    expect(text).toContain('OUTBOX');
    expect(text).toContain('1 checks are in order');
    expect(text).not.toContain('DISK');
    expect(doctorText(doctor, 'zh', true)).toContain('警告');
  });
});
