import type { BoxRow } from '../../../main/contract/box/boxes.ts';
import { ago, dateTime } from '../../lib/format.ts';
import { useMay } from '../../lib/use-may.ts';
import { useNow } from '../../lib/use-now.ts';
import { Button } from '../../ui/button.tsx';
import { ComputerIcon, PowerIcon, TrashIcon } from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { StatusBadge } from '../../ui/status.tsx';
import css from './boxes.module.css';
import { t } from './text.ts';
import { plainAddress, standing } from './view.ts';

interface Props {
  row: BoxRow;
  waking: boolean;
  onWake: () => void;
  onForget: () => void;
}

/** One paired box: how it stands, and what helps where it does not. */
export function BoxLine({ row, waking, onWake, onForget }: Props) {
  const now = useNow();
  const { tone, word } = standing(row);
  const to = `/boxes/${encodeURIComponent(row.id)}`;
  const offline = row.state === 'offline';
  const said = row.state === 'online' ? row.last?.words : offline ? t('since', { ago: ago(row.since, now) }) : undefined;
  const may = useMay();
  const wakeWhy = may('boxes.wake') ?? (row.macs.length === 0 ? t('wake.noCard') : undefined);
  const forgetWhy = may('boxes.forget');
  return (
    <>
      <li className={css.row} data-box={row.id} aria-label={row.name}>
        <span className={css.icon}>
          <ComputerIcon size={20} />
        </span>
        <div className={css.words}>
          <span className={css.name}>
            <a href={`#${to}`}>{row.name}</a>
          </span>
          <span className={css.sub} title={offline ? dateTime(row.since) : undefined}>
            {[plainAddress(row.address), row.last && t('version', { version: row.last.version }), said].filter(Boolean).join(' · ')}
          </span>
        </div>
        <div className={css.actions}>
          <StatusBadge tone={tone}>{word}</StatusBadge>
          {offline && (
            <Button size="small" icon={PowerIcon} busy={waking} why={wakeWhy} onClick={onWake}>
              {t('wake')}
              <span className="visually-hidden"> {row.name}</span>
            </Button>
          )}
          {row.state === 'online' && (
            <Button size="small" to={to}>
              {t(row.last?.stage === 'ready' ? 'open' : 'goOn')}
              <span className="visually-hidden"> {row.name}</span>
            </Button>
          )}
          <Menu
            label={t('more', { name: row.name })}
            items={[
              { label: t('wake'), icon: PowerIcon, onSelect: onWake, why: wakeWhy },
              'separator',
              { label: t('forget'), icon: TrashIcon, onSelect: onForget, why: forgetWhy },
            ]}
          />
        </div>
      </li>
      {(row.state === 'changed' || row.state === 'revoked') && row.problem && (
        <li className={css.notice}>
          <ProblemView
            problem={row.problem}
            compact
            actions={
              <Button size="small" icon={TrashIcon} why={forgetWhy} onClick={onForget}>
                {t('forget.name', { name: row.name })}
              </Button>
            }
          />
        </li>
      )}
    </>
  );
} // prettier-ignore
