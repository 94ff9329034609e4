import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { asProblem } from '../../../../main/contract/problem.ts';
import type { Api } from '../../../../main/contract/contract.ts';
import type { RecordingDetail } from '../../../../main/contract/recordings.ts';
import { useStored } from '../../../lib/storage.ts';
import { typing } from '../../../lib/typing.ts';
import { useAction } from '../../../lib/use-call.ts';
import { Banner } from '../../../ui/banner.tsx';
import { Button } from '../../../ui/button.tsx';
import { IconButton } from '../../../ui/icon-button.tsx';
import { DownloadIcon, PauseIcon, PlayIcon } from '../../../ui/icons.tsx';
import { Menu } from '../../../ui/menu.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Progress } from '../../../ui/progress.tsx';
import { Segments } from '../../../ui/segments.tsx';
import { Select } from '../../../ui/select.tsx';
import { toastProblem } from '../../../ui/toast.tsx';
import { saveFile } from '../../console/save.ts';
import { saveRecording } from '../files.ts';
import { clock } from '../names.ts';
import { t } from '../text.ts';
import { MachineStage } from './machine-stage.tsx';
import type { View } from './machine-stage.tsx';
import { Marks } from './marks.tsx';
import css from './player.module.css';
import { Timeline } from './timeline.tsx';
import { usePlayer } from './use-player.ts';

const speeds = ['0.5', '1', '2', '4', '8'] as const;
const views: readonly View[] = ['both', 'screen', 'serial'];

/** Plays one recording. */
export function PlayerView({ row, marks }: RecordingDetail): ReactNode {
  const { state, player, onSink, picture } = usePlayer(row);
  const [shown, setShown] = useState(0);
  const [view, setView] = useStored<View>('recordings.view', 'both');
  const frame = useRef<HTMLElement>(null);
  const save = useAction((api: Api, as: Parameters<typeof saveRecording>[2]) => saveRecording(api, row.name, as), { onProblem: toastProblem }); // prettier-ignore
  const { name = '', namespace = '' } = row.machines[shown] ?? {};
  const seek = (at: number): void => void player?.seek(at);
  const savePicture = async (): Promise<void> => {
    const blob = await picture(`${namespace}/${name}`);
    if (blob) saveFile(`${row.name} ${name} ${clock(state.at).replaceAll(':', '-')}.png`, [blob], 'image/png');
    else toastProblem({ code: 'no-picture', title: t('picture.none'), detail: t('picture.none.text', { name }), kind: 'failed' }); // prettier-ignore
  };
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      const { target } = event;
      const own = target instanceof Element && target.closest('[role=menu], [role=dialog], [role=listbox]') !== null;
      if (!player || event.defaultPrevented || own || event.ctrlKey || event.altKey || event.metaKey) return;
      const range = target instanceof HTMLInputElement && target.type === 'range';
      if (typing(target) && !range) return;
      if (event.key === ' ' && !(target instanceof HTMLButtonElement) && !(target instanceof HTMLAnchorElement)) {
        event.preventDefault();
        if (player.state.playing) player.pause();
        else player.play();
      } else if (!range && (event.key === 'ArrowLeft' || event.key === 'ArrowRight') && !(target instanceof Element && target.closest('[role=tablist]'))) {
        event.preventDefault();
        void player.seek(player.state.at + (event.key === 'ArrowLeft' ? -5000 : 5000));
      }
    };
    document.addEventListener('keydown', key);
    return () => document.removeEventListener('keydown', key);
  }, [player]);
  return (
    <section ref={frame} className={css.player} aria-label={t('player', { name: row.name })}>
      {row.cut !== undefined && <Banner tone="note" title={t('cut')}>{row.cut}</Banner>}
      {state.problem !== undefined && (
        <ProblemView problem={asProblem(state.problem)} compact actions={<Button size="small" onClick={() => seek(state.at)}>{t('again')}</Button>} />
      )}
      <div className={css.tools}>
        {row.machines.length > 1 && (
          <Select
            hideLabel
            label={t('machine')}
            value={String(shown)}
            onChange={(next) => setShown(Number(next))}
            options={row.machines.map((each, index) => ({ value: String(index), label: each.name }))}
          />
        )}
        <Segments label={t('view')} value={view} onChange={setView} items={views.map((each) => ({ value: each, label: t(`view.${each}`) }))} />
        <Menu
          label={t('export')}
          trigger={<Button size="small" icon={DownloadIcon} busy={save.busy}>{t('export')}</Button>}
          items={[
            { label: t('export.picture', { name }), onSelect: () => void savePicture() },
            ...row.machines.map((each, machine) => ({ label: t('export.cast', { name: each.name }), onSelect: () => void save.run({ machine, of: each.name }) })),
            'separator',
            { label: t('export.file'), onSelect: () => void save.run('recording') },
          ]}
        />
      </div>
      <div className={css.middle}>
        <div className={css.stage} data-playing={state.playing || undefined}>
          {row.machines.map((each, index) => (
            <MachineStage
              key={`${each.namespace}/${each.name}`}
              id={`${each.namespace}/${each.name}`}
              name={each.name}
              view={view}
              away={index !== shown}
              onSink={onSink}
            />
          ))}
          {state.waiting && <div className={css.waiting}><Progress label={t('waiting')} /></div>}
        </div>
        {marks.length > 0 && <Marks marks={marks} at={state.at} onSeek={seek} />}
      </div>
      <div className={css.controls}>
        <IconButton
          icon={state.playing ? PauseIcon : PlayIcon}
          label={t(state.playing ? 'pause' : 'play')}
          onClick={() => (state.playing ? player?.pause() : player?.play())}
        />
        <span className={css.time}>{clock(state.at)}</span>
        <Timeline at={state.at} length={player?.length ?? 0} marks={marks} onSeek={seek} />
        <span className={css.time}>{clock(player?.length ?? row.seconds * 1000)}</span>
        <div className={css.speed}>
          <Select
            hideLabel
            label={t('speed')}
            value={String(state.speed)}
            onChange={(next) => player?.setSpeed(Number(next))}
            options={speeds.map((each) => ({ value: each, label: t('speed.times', { n: each }) }))}
          />
        </div>
      </div>
    </section>
  );
} // prettier-ignore
