import type RFB from '@novnc/novnc';
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { KubeObject } from '../../../main/contract/kube.ts';
import type { MachineRow, ObjectRef } from '../../../main/contract/machine.ts';
import { useApi } from '../../lib/connection.ts';
import { cx } from '../../lib/cx.ts';
import { useStored } from '../../lib/storage.ts';
import { useAction } from '../../lib/use-call.ts';
import { IconButton } from '../../ui/icon-button.tsx';
import { ExternalIcon, FullscreenIcon, RefreshIcon } from '../../ui/icons.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import css from './console.module.css';
import { KeyTrap } from './key-trap.tsx';
import { LoginHint } from './login-hint.tsx';
import { Overlay } from './overlay.tsx';
import { ScreenTools } from './screen-tools.tsx';
import { ScreenView } from './screen-view.tsx';
import type { ScaleMode } from './screen-view.tsx';
import { SearchBar, SerialTools } from './serial-tools.tsx';
import { SerialView } from './serial-view.tsx';
import { isOn, stageOf } from './stage.ts';
import type { View } from './stage.ts';
import type { MadeTerminal } from './terminal.ts';
import { t } from './text.ts';
import { useFullscreen } from './use-fullscreen.ts';
import { useLink } from './use-link.ts';

interface Props {
  of: ObjectRef;
  /** Undefined: there is no such machine (any more). */
  row: MachineRow | undefined;
  vm: KubeObject | undefined;
  /** Inside the machine's page there is a button to the console's own page. */
  embedded?: boolean;
}

/** Screen and serial console of one machine, with everything that belongs to them. */
export function ConsolePanel({ of, row, vm, embedded }: Props): ReactNode {
  const [view, setView] = useStored<View>('console.view', 'screen');
  const [scale, setScale] = useStored<ScaleMode>('console.scale', 'fit');
  const [viewOnly, setViewOnly] = useState(false);
  const [rfb, setRfb] = useState<RFB>();
  const [made, setMade] = useState<MadeTerminal>();
  const [textMode, setTextMode] = useState(false);
  const [searching, setSearching] = useState(false);
  const bar = useRef<HTMLDivElement>(null);
  const full = useFullscreen();
  const { link, state } = useLink(of, view, row !== undefined && isOn(row));
  const stage = stageOf(row, vm, view, state);
  const pipe = state.is === 'open' ? state.pipe : undefined;
  const api = useApi();
  const { namespace, name } = of;
  const known = row !== undefined;
  useEffect(() => {
    // The backend keeps what a serial console says from the first time it is asked for it: ask as early as we can, so
    // that going from Screen to Serial shows the whole boot. A machine without one is told when Serial is chosen.
    if (known) api.consoles.serialLog({ namespace, name }).catch(() => undefined);
  }, [api, namespace, name, known]);
  const start = useAction((api, ref: ObjectRef) => api.machines.act({ ...ref, action: 'start' }), {
    onProblem: toastProblem,
  });

  return (
    <section className={cx(css.panel, full.on && css.full)} aria-label={t('title', { name: of.name })}>
      <div className={css.bar} ref={bar} role="toolbar" aria-label={t('view')}>
        <fieldset className={css.views} aria-label={t('view')}>
          {(['screen', 'serial'] as const).map((each) => (
            <button
              key={each}
              type="button"
              className={css.view}
              aria-pressed={view === each}
              onClick={() => {
                setSearching(false);
                // Whoever presses the view that is shown already wants to type in it.
                if (each === view) (each === 'serial' ? made?.terminal : rfb)?.focus();
                else setView(each);
              }}
            >
              {t(each)}
            </button>
          ))}
        </fieldset>
        <div className={css.tools}>
          {view === 'screen' ? (
            <ScreenTools
              of={of}
              rfb={rfb}
              scale={scale}
              onScale={setScale}
              viewOnly={viewOnly}
              onViewOnly={setViewOnly}
            />
          ) : (
            <SerialTools of={of} made={made} viewOnly={viewOnly} onSearch={() => setSearching(true)} />
          )}
          <IconButton
            icon={RefreshIcon}
            label={t('reconnect')}
            why={row && isOn(row) ? undefined : t('off')}
            onClick={() => link.retry()}
          />
          {embedded === true && (
            <IconButton icon={ExternalIcon} label={t('newWindow')} to={`/console/${of.namespace}/${of.name}`} />
          )}
          <IconButton
            icon={FullscreenIcon}
            label={t(full.on ? 'fullscreen.leave' : 'fullscreen')}
            pressed={full.on}
            onClick={full.toggle}
          />
        </div>
      </div>
      <LoginHint of={of} />
      {searching && made && view === 'serial' && <SearchBar made={made} onClose={() => setSearching(false)} />}
      <KeyTrap
        exit={bar}
        viewOnly={viewOnly}
        on={stage.is === 'open'}
        paused={row?.tone === 'paused'}
        aside={
          view === 'screen' &&
          stage.is === 'open' &&
          textMode && (
            <span>
              {t('textHint')}{' '}
              <button type="button" className={css.inline} onClick={() => setView('serial')}>
                {t('textHint.go')}
              </button>
            </span>
          )
        }
      >
        {view === 'screen'
          ? pipe && (
              <ScreenView
                label={t('stage.screen', { name: of.name })}
                pipe={pipe}
                link={link}
                scale={scale}
                viewOnly={viewOnly}
                onScreen={setRfb}
                onTextMode={setTextMode}
              />
            )
          : (stage.is === 'open' || stage.is === 'lost' || stage.is === 'connecting') && (
              <SerialView
                label={t('stage.serial', { name: of.name })}
                pipe={pipe}
                link={link}
                viewOnly={viewOnly}
                onTerminal={setMade}
              />
            )}
        <Overlay
          stage={stage}
          name={of.name}
          row={row}
          startBusy={start.busy}
          onStart={() => void start.run(of)}
          onRetry={() => link.retry()}
          onView={setView}
        />
      </KeyTrap>
    </section>
  );
}
