import type { ReactNode } from 'react';
import type { Picture } from '../../../../main/contract/consoles.ts';
import type { MachineRow } from '../../../../main/contract/machine.ts';
import { machines, useList } from '../../../lib/resources.ts';
import { useStored } from '../../../lib/storage.ts';
import { useMay } from '../../../lib/use-may.ts';
import { useOffer } from '../../../lib/use-offer.ts';
import { Banner } from '../../../ui/banner.tsx';
import { EmptyState } from '../../../ui/empty-state.tsx';
import { IconButton } from '../../../ui/icon-button.tsx';
import { PauseIcon, PlayIcon, ScreenIcon } from '../../../ui/icons.tsx';
import { Button } from '../../../ui/button.tsx';
import { PageHeader } from '../../../ui/page-header.tsx';
import { Page } from '../../../ui/page.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Select } from '../../../ui/select.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { StatusDot } from '../../../ui/status.tsx';
import { isOn } from '../stage.ts';
import { t } from '../text.ts';
import { usePictures } from './use-pictures.ts';
import { useInView } from './use-visible.ts';
import { statusWord } from '../../machines/status.ts';
import css from './wall.module.css';

const paces = ['2000', '5000', '15000'] as const;
const keyOf = (row: MachineRow): string => `${row.namespace}/${row.name}`;

/** What every running machine shows right now. Nothing is asked for while nobody can see it. */
export function WallPage(): ReactNode {
  const { items, state, problem } = useList(machines);
  const [pace, setPace] = useStored<(typeof paces)[number]>('wall.pace', '2000');
  const [paused, setPaused] = useStored('wall.paused', false);
  const { inView, ref } = useInView();
  const lack = useOffer()('consoles.screenshot');
  const may = useMay();
  // Of those that are somebody else's nothing is asked: one of them would refuse the pictures of all.
  const others = (row: MachineRow): boolean => may('consoles.pictures', { namespace: row.namespace }) !== undefined;
  const running = items.filter(isOn).toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)));
  const pictures = usePictures(
    running.filter((row) => inView.has(keyOf(row)) && !others(row)).slice(0, 100),
    paused || lack ? 0 : Number(pace),
  );
  const off = items.length - running.length;
  return (
    <Page>
      <PageHeader
        title={t('wall')}
        subtitle={state === 'loading' ? undefined : t('wall.count', { n: running.length, off })}
        back={{ to: '/machines', label: t('wall.back') }}
        actions={
          <>
            <Button tone="quiet" icon={ScreenIcon} to="/consoles">
              {t('side')}
            </Button>
            <Select
              label={t('wall.pace')}
              hideLabel
              value={pace}
              onChange={setPace}
              options={paces.map((value) => ({ value, label: t('wall.every', { seconds: Number(value) / 1000 }) }))}
            />
            <IconButton
              icon={paused ? PlayIcon : PauseIcon}
              label={t(paused ? 'wall.resume' : 'wall.pause')}
              pressed={paused}
              onClick={() => setPaused(!paused)}
            />
          </>
        }
      />
      {lack && (
        <Banner tone="note" title={t('cannot.wall')}>
          {lack}
        </Banner>
      )}
      {state === 'loading' ? (
        <Skeleton height="block" count={2} />
      ) : problem && items.length === 0 ? (
        <ProblemView problem={problem} />
      ) : running.length === 0 ? (
        <EmptyState
          icon={ScreenIcon}
          title={t('wall.empty')}
          actions={<Button to="/machines">{t('wall.back')}</Button>}
        >
          {t('wall.empty.text')}
        </EmptyState>
      ) : (
        <ul className={css.wall} aria-label={t('wall')}>
          {running.map((row) => (
            <li key={row.uid} ref={ref} data-key={keyOf(row)}>
              <Tile
                row={row}
                picture={pictures.get(keyOf(row))}
                none={lack ? t('cannot.picture') : others(row) ? t('wall.notYours') : undefined}
              />
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

interface TileProps {
  row: MachineRow;
  picture: Picture | undefined;
  /** What stands there where no picture can be had. */
  none: string | undefined;
}
function Tile({ row, picture, none }: TileProps): ReactNode {
  return (
    <a className={css.tile} href={`#/machines/${row.namespace}/${row.name}/console`}>
      <span className={css.picture}>
        {picture?.png !== undefined ? (
          <img src={`data:image/png;base64,${picture.png}`} alt={t('stage.watched', { name: row.name })} />
        ) : (
          <span className={css.none}>{none ?? picture?.problem ?? t('connecting')}</span>
        )}
      </span>
      <span className={css.name}>
        <StatusDot tone={row.tone} label={statusWord(row.status)} />
        <span className={css.text}>{row.name}</span>
        {row.namespace !== 'default' && <span className={css.space}>{row.namespace}</span>}
      </span>
    </a>
  );
}
