import { readFileSync } from 'node:fs';

/** Programs that know lists find a password within so many guesses, or it is accepted. */
const GUESSES = 1e10;
/** The work of looking grows with the square of the length; a beginning that nobody guesses is enough. */
const LOOKED_AT = 64;
/** A citizen's number is known to many others. */
const IDENTITY_NUMBER = /\d{17}[\dXx]/;

/** What people here put into passwords: this program, the bureau, its programmes, and what Chinese keyboards begin with. */
export const OFFICE_WORDS: readonly string[] = [
  'hedui',
  'minzheng',
  'minzhengju',
  'dibao',
  'tekun',
  'jiuzhu',
  'shehui',
  'zhufang',
  'gongjijin',
  'jumin',
  'jiating',
  'shouru',
  'caichan',
  'mima',
  'guanliyuan',
  'beijing',
  'shanghai',
  'zhongguo',
  'zhonghua',
  'woaini',
  'woaizhongguo',
  'woshi',
  'wang',
  'zhang',
  'chen',
  'yang',
  'huang',
  'zhao',
  '核对',
  '民政',
  '民政局',
  '低保',
  '特困',
  '救助',
  '社会',
  '住房',
  '公积金',
  '居民',
  '家庭',
  '收入',
  '财产',
  '经济状况',
  '密码',
  '管理员',
  '中国',
  '我爱你',
];

/** Words of an office, one a line; blank lines and those that begin with # are not words. Throws when the file cannot be read. */
export function readWords(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .map((line) => line.trim().toLowerCase())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Whether a password for `login` would soon be guessed. */
export type Guessable = (password: string, login: string) => Promise<boolean>;

/**
 * Looks for what guessing begins with: 49,000 common passwords and 7,800 words, the words of the office, the login, dates, keys side by side, repeats and sequences, each also
 * turned round and with letters replaced. The lists are read when they are first needed: logging in needs none.
 */
export function createGuessable(words: readonly string[] = []): Guessable {
  const office = [...new Set([...OFFICE_WORDS, ...words])];
  async function load() {
    const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
      import('@zxcvbn-ts/core'),
      import('@zxcvbn-ts/language-common'),
    ]);
    const { qwerty, keypad } = adjacencyGraphs;
    return new ZxcvbnFactory({ dictionary: { ...dictionary, office }, graphs: { qwerty, keypad } });
  }
  let loading: ReturnType<typeof load> | null = null;
  return async (password, login) => {
    const text = password.normalize('NFC');
    if (IDENTITY_NUMBER.test(text)) return true;
    loading ??= load();
    const estimate = (await loading).check(text.slice(0, LOOKED_AT), [login, ...login.split('-')]);
    return estimate.guesses < GUESSES;
  };
}
