import type { Bilingual } from '@hedui/contracts';
import type { Language } from './document.js';

/** A piece of text: the same in both languages, or one of each. `quiet`: printed smaller, as an addition. */
export type Phrase = string | (Bilingual & { quiet?: true });

export const quiet = (phrase: Bilingual | string): Phrase =>
  typeof phrase === 'string' ? { zh: phrase, en: phrase, quiet: true } : { ...phrase, quiet: true };

/** One printed line of a phrase. `second`: the English under the Chinese. */
export interface Spoken {
  text: string;
  lang: 'zh' | 'en';
  second: boolean;
  quiet: boolean;
}

/**
 * Control characters would break a line or, in the case of the bidirectional ones, show a text in another order than it
 * is stored: both go. A lone surrogate has no glyph and no UTF-8 form.
 */
const unprintable = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/gu;
const loneSurrogate = /\p{Cs}/gu;

export function printable(text: string): string {
  return text.replace(unprintable, ' ').replace(loneSurrogate, '\ufffd');
}

/** The lines of a phrase in a language; equal texts are said once. */
export function speak(phrase: Phrase, language: Language): Spoken[] {
  const { zh, en } = typeof phrase === 'string' ? { zh: phrase, en: phrase } : phrase;
  const isQuiet = typeof phrase !== 'string' && phrase.quiet === true;
  const line = (lang: 'zh' | 'en', second = false): Spoken => ({
    text: printable(lang === 'zh' ? zh : en),
    lang,
    second,
    quiet: isQuiet,
  });
  if (language !== 'both') return [line(language)];
  return zh === en ? [line('zh')] : [line('zh'), line('en', true)];
}

/** Phrases put together by a template, `{name}` standing for a value in its own language. */
export function phrase(
  zh: string,
  en: string,
  values: Readonly<Record<string, Bilingual | string | number>> = {},
): Bilingual {
  const fill = (template: string, lang: 'zh' | 'en'): string =>
    template.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      return typeof value === 'object' ? value[lang] : String(value);
    });
  return { zh: fill(zh, 'zh'), en: fill(en, 'en') };
}
