import { Dialog } from '../ui/dialog.tsx';
import { Kbd } from '../ui/kbd.tsx';
import css from './app.module.css';
import { t } from './text.ts';

const rows: [string[], string][] = [
  [['Ctrl+K'], t('shortcuts.palette')],
  [['/'], t('shortcuts.search')],
  [['g', 'h', 'm', 'i', 'l', 'p', 't', 'a', 's'], t('shortcuts.go')],
  [['c'], t('shortcuts.create')],
  [['↑', '↓', 'Enter', 'Space'], t('shortcuts.rows')],
  [['F6'], t('shortcuts.lab')],
  [['Ctrl+Alt'], t('shortcuts.console')],
  [['Esc'], t('shortcuts.close')],
  [['?'], t('shortcuts.help')],
];

export function ShortcutsHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title={t('shortcuts.title')}>
      <dl className={css.keys}>
        {rows.map(([keys, what]) => (
          <div key={what} className={css.pair}>
            <dt>
              {keys.map((key) => (
                <Kbd key={key} keys={key} />
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
