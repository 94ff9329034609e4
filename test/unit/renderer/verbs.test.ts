import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { languageSchema } from '../../../main/contract/settings.ts';
import type { Entry } from '../../../renderer/lib/text.ts';

// One verb for one meaning: the table of CONTRIBUTING.md, held against all labels in all languages.
const root = join(import.meta.dirname, '../../..');
const locales = join(root, 'assets/locales');
const others = languageSchema.options.filter((code) => code !== 'en');
type Other = (typeof others)[number];

/** What a label that begins with the verb says in the other languages. */
const verbs: Readonly<Record<string, Readonly<Record<Other, RegExp>>>> = {
  Create: { de: /erstell/i, es: /\bcre[ae]/i, fr: /\bcré/i, ja: /作成/, zh: /创建|制作/ },
  Add: { de: /hinzu|füg/i, es: /añad/i, fr: /ajout/i, ja: /追加/, zh: /添加/ },
  Import: { de: /import/i, es: /import/i, fr: /import/i, ja: /インポート/, zh: /导入/ },
  Export: { de: /export/i, es: /export/i, fr: /export/i, ja: /エクスポート/, zh: /导出/ },
  Download: { de: /herunterlad/i, es: /descarg/i, fr: /télécharg/i, ja: /ダウンロード/, zh: /下载/ },
  Delete: { de: /lösch/i, es: /elimin/i, fr: /supprim/i, ja: /削除/, zh: /删除/ },
  Erase: { de: /lösch/i, es: /borr/i, fr: /effac/i, ja: /消去/, zh: /抹掉/ },
  Remove: { de: /entfern/i, es: /quit/i, fr: /retir/i, ja: /削除|取り外/, zh: /移除/ },
  Forget: { de: /vergess/i, es: /olvid/i, fr: /oubli/i, ja: /登録解除|削除|忘れ|消去|破棄|解除/, zh: /忘记|清除/ },
  Discard: { de: /verw[eo]rf/i, es: /descart/i, fr: /abandonn/i, ja: /破棄/, zh: /放弃/ },
  Undo: { de: /rückgängig/i, es: /deshac/i, fr: /annul/i, ja: /元に戻/, zh: /撤销/ },
  Restore: { de: /wiederherstell/i, es: /restaur/i, fr: /restaur/i, ja: /復元/, zh: /恢复|还原/ },
  Save: { de: /speicher/i, es: /guard/i, fr: /enregistr/i, ja: /保存/, zh: /保存|另存/ },
  Apply: { de: /anwend/i, es: /aplic/i, fr: /appliqu/i, ja: /適用/, zh: /应用/ },
  Rename: { de: /umbenenn/i, es: /renombr/i, fr: /renomm/i, ja: /名前を変更/, zh: /重命名/ },
  Edit: { de: /bearbeit/i, es: /edit/i, fr: /modifi/i, ja: /編集/, zh: /编辑/ },
  Start: { de: /start/i, es: /inici|empez|arranc/i, fr: /démarr|repart/i, ja: /起動|開始/, zh: /启动|开始/ },
  Stop: { de: /stopp|abbrech|anhalt|beend/i, es: /det[eé]n|par/i, fr: /arrêt/i, ja: /停止|中止/, zh: /停止/ },
  'Shut down': { de: /herunterfahr/i, es: /apag/i, fr: /éteind|arrêt/i, ja: /シャットダウン/, zh: /关机|关闭/ },
  'Turn off': { de: /ausschalt/i, es: /apag/i, fr: /éteind|arrêt/i, ja: /電源を.*切/, zh: /关闭电源|强制关机/ },
  Restart: { de: /neu start|neustart/i, es: /reinici/i, fr: /redémarr/i, ja: /再起動/, zh: /重启|重新启动/ },
  Pause: { de: /pausier|anhalt/i, es: /paus/i, fr: /pause/i, ja: /一時停止/, zh: /暂停/ },
  Resume: { de: /fortsetz/i, es: /reanud/i, fr: /repr/i, ja: /再開/, zh: /继续/ },
  'Go on': {
    de: /fortsetz|weiter/i,
    es: /contin[uú]|seguir|adelante/i,
    fr: /continu|repr/i,
    ja: /続|再開|進/,
    zh: /继续/,
  },
  'Try again': { de: /erneut versuch/i, es: /reintent/i, fr: /réessay/i, ja: /再試行/, zh: /重试/ },
  Check: { de: /prüf/i, es: /comprob/i, fr: /vérifi/i, ja: /確認|検査/, zh: /检查/ },
  Cancel: { de: /abbrech/i, es: /cancel/i, fr: /annul/i, ja: /キャンセル/, zh: /取消/ },
  Close: { de: /schließ/i, es: /cerrar/i, fr: /fermer/i, ja: /閉じ|締め切/, zh: /关闭|停止接纳/ },
  Open: { de: /öffne/i, es: /abr[ie]/i, fr: /ouvr/i, ja: /開/, zh: /打开|开始|开课/ },
  Show: { de: /zeig|anseh/i, es: /m[ou]e?str/i, fr: /affich/i, ja: /表示/, zh: /显示/ },
};
/** Other words for the same: what to say instead. */
const instead: Readonly<Record<string, string>> = {
  Make: 'Create',
  New: 'Create',
  Destroy: 'Erase',
  Discharge: 'Discard',
  Revert: 'Discard or Undo',
  Drop: 'Discard or Remove',
  Abort: 'Stop or Cancel',
  Quit: 'Close',
  Dismiss: 'Close',
  OK: 'the verb itself',
  Yes: 'the verb itself',
  Submit: 'Save or the verb itself',
  Confirm: 'the verb itself',
  Continue: 'Go on',
  Proceed: 'Go on',
  Begin: 'Start',
  Retry: 'Try again',
  'Try now': 'Try again',
  Fetch: 'Download',
  Get: 'Download or Add',
  'Look again': 'Check again',
  'Look at': 'Check or Show',
  'Read again': 'Check again or Reload',
  See: 'Show',
  View: 'Show',
  Reboot: 'Restart',
  'Power off': 'Turn off',
  'Power on': 'Turn on',
  Modify: 'Edit or Change',
  'Take away': 'Remove',
  'Take out': 'Remove',
};
/** Labels that begin with such a word and are none of its meaning: nouns, hints, names of others. */
const otherwise = new Set([
  'access password.new', 'access password.again', 'backups column.added', 'create tpm.once', 'hardware form.tpm.until-off', 'hardware grow.size', 'settings machines',
  'images upload.drop', 'manifests drop', 'console viewOnly', 'boxes-network security.open', 'ui item.open', 'foreign tpm.yes', 'images yes',
]); // prettier-ignore

const read = (code: string, area: string): Record<string, Entry> =>
  JSON.parse(readFileSync(join(locales, code, area), 'utf8')) as Record<string, Entry>;
const last = (entry: Entry | undefined): string => (typeof entry === 'string' ? entry : (entry?.other ?? ''));
const areas = readdirSync(join(locales, 'en'));
/** Short, and no sentence: what stands on buttons, in menus, over dialogs. */
const labels = areas.flatMap((area) =>
  Object.entries(read('en', area))
    .map(([key, entry]) => ({ area, key, name: `${area.slice(0, -5)} ${key}`, text: last(entry) }))
    .filter(({ name, text }) => text.length <= 48 && !/[.:]$/.test(text) && !otherwise.has(name)),
);
const begins = (text: string, word: string): boolean => new RegExp(`^${word}(?![\\w-])`).test(text);

describe('labels', () => {
  it('have one verb for one meaning', () => {
    const wrong = labels.flatMap(({ name, text }) =>
      Object.entries(instead).flatMap(([word, say]) => (begins(text, word) ? [`${name}: ${text} (${say})`] : [])),
    );
    expect(labels.length).toBeGreaterThan(1000);
    expect(wrong).toEqual([]);
  });
  it.each(others)('keep to it in %s', (code) => {
    const files = new Map(areas.map((area) => [area, read(code, area)]));
    const wrong = labels.flatMap(({ area, key, name, text }) => {
      const verb = Object.keys(verbs).toSorted((a, b) => b.length - a.length).find((each) => begins(text, each));
      const said = last(files.get(area)?.[key]);
      return verb === undefined || verbs[verb]?.[code].test(said) === true ? [] : [`${name}: ${text}: ${said}`];
    }); // prettier-ignore
    expect(wrong).toEqual([]);
  });
  it('are those of CONTRIBUTING.md', () => {
    const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
    const cells = [...text.matchAll(/^\| (_[^|]+_) +\|/gm)].map(([, cell = '']) => cell);
    const told = cells.flatMap((cell) => [...cell.matchAll(/_([^_]+)_/g)].map(([, verb = '']) => verb));
    expect(Object.keys(verbs).filter((verb) => !told.includes(verb))).toEqual([]);
    expect(told.filter((verb) => verb in instead)).toEqual([]);
  });
});
