import { describe, expect, it } from 'vitest';
import * as problems from '../../../main/backend/access/problems.ts';
import { refuseWeak } from '../../../main/backend/access/password.ts';
import { different } from '../../../main/backend/carrier/lan-sign-in.ts';
import { wordsFor } from '../../../main/backend/carrier/words.ts';
import { createBrowserDoor } from '../../../main/backend/own-box/browsers.ts';
import { createCodeDoor } from '../../../main/backend/own-box/code.ts';
import { userNameSchema } from '../../../main/contract/access.ts';
import { asProblem } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import en from '../../../assets/locales/en/sign-in.json' with { type: 'json' };

const of = (accept?: string) => wordsFor({ headers: accept === undefined ? {} : { 'accept-language': accept } });
const languages = ['en', 'de', 'es', 'fr', 'ja', 'zh'];

describe('the language of the pages before the sign-in', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['de', 'de'],
    ['de-CH,de;q=0.9,en;q=0.8', 'de'],
    ['pt-BR,pt;q=0.9,fr;q=0.4,en;q=0.3', 'fr'],
    ['en;q=0.5, ja;q=0.9', 'ja'],
    ['zh-Hant-TW', 'zh'],
    ['ES', 'es'],
    ['de;q=0, fr;q=0.1', 'fr'],
    ['*', 'en'],
    ['constructor, __proto__, toString', 'en'],
    ['de;q=abc', 'de'],
    [`${'x,'.repeat(10_000)}de`, 'en'],
    ['"><script>', 'en'],
  ])('%s: %s', (accept, language) => {
    expect(of(accept).language).toBe(language);
  });
  it('has the forms of its numbers', () => {
    expect([1, 2].map((n) => of('de').say('box.wait.minutes', { n }).split(' ').slice(7, 9).join(' '))).toEqual(['1 Minute', '2 Minuten']); // prettier-ignore
    expect(of('fr').say('box.wait.seconds', { n: 1 })).toContain('1 seconde.');
    expect(of('ja').say('setup.password', { least: 10 })).toBe('パスワード（10文字以上）');
  });
});

const thrown = (run: () => unknown): Problem => {
  try {
    run();
  } catch (error) {
    return asProblem(error);
  }
  throw new Error('Nothing was refused.');
};
/** All that these doors say, by their own hands. */
async function refusals(): Promise<Problem[]> {
  let now = 0;
  const code = createCodeDoor({ fingerprint: 'f', standing: () => true, onChange: () => undefined, now: () => now });
  const closed = createCodeDoor({ fingerprint: 'f', standing: () => false, onChange: () => undefined });
  const wrong = code.shown()?.digits === '00000000' ? '11111111' : '00000000';
  const box: Problem[] = [thrown(() => closed.typed(wrong))];
  // Until it takes no more, and then twice as long.
  for (let n = 0; n < 6; n += 1) box.push(thrown(() => code.typed(wrong)));
  now += 31_000;
  code.recheck();
  for (let n = 0; n < 6; n += 1) box.push(thrown(() => code.typed(wrong)));
  now += 61_000;
  code.recheck();
  for (let n = 0; n < 6; n += 1) box.push(thrown(() => code.typed(wrong)));
  code.close();
  const browsers = createBrowserDoor({
    account: { name: 'ada', check: async () => false, set: async () => undefined, forget: async () => undefined },
    code,
    signIn: {} as never,
  });
  for (let n = 0; n < 6; n += 1)
    box.push(await browsers.enter({ name: 'ada', password: 'x', code: '' }, '10.0.0.1').then(() => Promise.reject(new Error('in')), asProblem)); // prettier-ignore
  const names = ['', 'x'.repeat(50), '<b>'].map((name) => {
    const read = userNameSchema.safeParse(name);
    return problems.badName(read.error?.issues[0]?.message ?? '').problem;
  });
  const weak = ['short', 'x'.repeat(300), 'password123', 'aaaaaaaaaaab', 'qwertyuiopasdfghjkl', 'agnes-agnes'];
  return [
    ...[problems.wrongSignIn(), problems.wrongCode(), problems.tooOften(1), problems.tooOften(30), problems.busy(), problems.usersThere()].map(({ problem }) => problem),
    ...names,
    different,
    ...weak.map((password) => thrown(() => refuseWeak(password, 'agnes'))),
    ...box,
  ]; // prettier-ignore
}

describe('what these doors report', () => {
  it('has words in every language, and none are kept that nobody says', async () => {
    const all = await refusals();
    const texts = [...new Set(all.flatMap(({ title, detail, fix = '' }) => [title, detail, fix]).filter(Boolean))];
    expect(texts.length).toBeGreaterThan(35);
    for (const language of languages) {
      const words = of(language);
      expect([language, ...texts.filter((text) => words.reported(text) === undefined)]).toEqual([language]);
      // In English it is what was reported, word for word.
      expect([language, texts.filter((text) => words.reported(text) === text).length]).toEqual([language, language === 'en' ? texts.length : 0]); // prettier-ignore
      const missing = texts.filter((text) => (text.match(/\d+/g) ?? []).some((n) => words.reported(text)?.includes(n) !== true)); // prettier-ignore
      expect([language, ...missing]).toEqual([language]);
    }
    const kept = Object.entries(en).filter(([key]) => key.startsWith('said.'));
    const mute = kept.filter(([, entry]) => {
      const forms = typeof entry === 'string' ? [entry] : Object.values(entry);
      return !forms.some((form) => texts.some((text) => new RegExp(`^${form.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`).replaceAll(/\{\w+\}/g, String.raw`\d+`)}$`).test(text))); // prettier-ignore
    });
    expect(mute.map(([key]) => key)).toEqual([]);
  });
  it('stays English where there are none', () => {
    expect(of('de').reported('The disk is full')).toBeUndefined();
  });
});
