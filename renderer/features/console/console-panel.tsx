import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { KubeObject } from '../../../main/contract/kube.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { useApi } from '../../lib/connection.ts';
import { cx } from '../../lib/cx.ts';
import { useStored } from '../../lib/storage.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { IconButton } from '../../ui/icon-button.tsx';
import { ExternalIcon, FullscreenIcon, RefreshIcon } from '../../ui/icons.tsx';
import { Segments } from '../../ui/segments.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import { useWidth } from '../../ui/use-width.ts';
import { RecordButton } from '../recordings/record-button.tsx';
import css from './console.module.css';
import { KeyTrap } from './key-trap.tsx';
import { LoginHint } from './login-hint.tsx';
import { Overlay } from './overlay.tsx';
import { ScreenTools } from './screen-tools.tsx';
import type { LiveScreen, ScaleMode } from './screen-view.tsx';
import { SearchBar, SerialTools } from './serial-tools.tsx';
import { SshTools } from './ssh/ssh-tools.tsx';
import { StageView } from './stage-view.tsx';
import { isOn, stageOf } from './stage.ts';
import type { View } from './stage.ts';
import type { MadeTerminal } from './terminal.ts';
import { t } from './text.ts';
import { useDetached } from './use-detached.ts';
import { useFullscreen } from './use-fullscreen.ts';
import { useLink } from './use-link.ts';
import { useMayFocus } from './use-may-focus.ts';
import { useOpener } from './use-opener.ts';

const views: readonly View[] = ['screen', 'serial', 'ssh'];
const offerOf = { screen: 'consoles.vnc', serial: 'consoles.serial', ssh: 'ssh.shell' } as const;
interface Props {
  of: ObjectRef;
  /** Undefined: there is no such machine (any more). */
  row: MachineRow | undefined;
  vm: KubeObject | undefined;
  /** Inside the machine's page there is a button to a window of its own. */
  embedded?: boolean;
  /** Beside something to read: it takes the keyboard only from itself, and keeps its own choice of view. */
  beside?: boolean;
  /** Beside other consoles: as `beside`, with a choice of view for this machine alone. */
  among?: boolean;
  /** Another object shows its view: something elsewhere on the page wants it to be seen. */
  wanted?: { view: View } | undefined;
}

/** Screen, serial console and shell of one machine, with everything that belongs to them. */
export function ConsolePanel({ of, row, vm, embedded, beside = false, among = false, wanted }: Props): ReactNode {
  const kept = among ? `console.view.${of.namespace}/${of.name}` : beside ? 'console.view.beside' : 'console.view';
  const [view, setView] = useStored<View>(kept, beside ? 'serial' : 'screen');
  const [scale, setScale] = useStored<ScaleMode>('console.scale', 'fit');
  const [before, setBefore] = useStored(`ssh.user.${of.namespace}/${of.name}`, '');
  const [user, setUser] = useState('');
  const [viewOnly, setViewOnly] = useState(false);
  const [watching, setWatching] = useState(false);
  const [screen, setScreen] = useState<LiveScreen>();
  const [made, setMade] = useState<MadeTerminal>();
  const [textMode, setTextMode] = useState(false);
  const [searching, setSearching] = useState(false);
  const bar = useRef<HTMLDivElement>(null);
  const mayFocus = useMayFocus(bar, beside || among);
  const narrow = useWidth(bar) < 35 * 16;
  useEffect(() => {
    if (wanted) setView(wanted.view);
  }, [wanted, setView]);
  const full = useFullscreen();
  const { detached, detach, attach } = useDetached(of);
  const instead = detached ? 'detached' : view === 'ssh' && user === '' ? 'login' : undefined;
  const on = row !== undefined && isOn(row);
  const { open, resize } = useOpener(of, view, user);
  const offer = useOffer();
  const cannot = offer(offerOf[view]);
  const { link, state } = useLink(open, on && instead === undefined && cannot === undefined);
  const stage = stageOf(row, vm, view, state, instead, cannot);
  useSerialLog(of, row !== undefined && offer('consoles.serialLog') === undefined);
  const start = useAction((api, ref: ObjectRef) => api.machines.act({ ...ref, action: 'start' }), {
    onProblem: toastProblem,
  });
  const forgetKey = useAction((api, ref: ObjectRef) => api.ssh.forgetHostKey(ref), {
    onDone: () => link.retry(),
    onProblem: toastProblem,
  });
  const retry = (take?: boolean): void => {
    setWatching(false);
    link.retry(take);
  };
  const go = (next: View): void => {
    setSearching(false);
    setWatching(false);
    // Whoever presses the view that is shown already wants to type in it.
    if (next === view) (next === 'screen' ? screen?.rfb : made?.terminal)?.focus();
    else setView(next);
  };

  return (
    <section className={cx(css.panel, full.on && css.full)} aria-label={t('title', { name: of.name })}>
      <div className={css.bar} ref={bar} role="toolbar" aria-label={t('view')}>
        <Segments
          label={t('view')}
          value={view}
          onChange={go}
          items={views.map((each) => ({ value: each, label: t(each) }))}
        />
        <div className={css.tools}>
          {view === 'screen' && (
            <ScreenTools
              of={of}
              screen={screen}
              on={on}
              scale={scale}
              onScale={setScale}
              viewOnly={viewOnly}
              onViewOnly={setViewOnly}
              narrow={narrow}
            />
          )}
          {view === 'serial' && (
            <SerialTools of={of} made={made} viewOnly={viewOnly} onSearch={() => setSearching(true)} />
          )}
          {view === 'ssh' && (
            <SshTools of={of} user={user} made={made} onSearch={() => setSearching(true)} onLeave={() => setUser('')} />
          )}
          {/* What stands beside a console records all of its machines. */}
          {!beside && <RecordButton machines={[of]} why={on ? undefined : t('off')} />}
          <IconButton
            icon={RefreshIcon}
            label={t('reconnect')}
            why={cannot ?? (on ? undefined : t('off'))}
            onClick={() => retry()}
          />
          {embedded === true && <IconButton icon={ExternalIcon} label={t('newWindow')} onClick={detach} />}
          <IconButton
            icon={FullscreenIcon}
            label={t(full.on ? 'fullscreen.leave' : 'fullscreen')}
            pressed={full.on}
            onClick={full.toggle}
          />
        </div>
      </div>
      <LoginHint of={of} />
      {searching && made && view !== 'screen' && <SearchBar made={made} onClose={() => setSearching(false)} />}
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
        <StageView
          of={of}
          view={view}
          stage={stage}
          state={state}
          link={link}
          scale={scale}
          viewOnly={viewOnly}
          watching={watching}
          before={before}
          mayFocus={mayFocus}
          onScreen={setScreen}
          onTextMode={setTextMode}
          onTerminal={setMade}
          onSize={resize}
          onTake={() => retry(true)}
          onLogin={(name) => {
            setBefore(name);
            setUser(name);
          }}
        />
        {!(watching && stage.is === 'taken') && (
          <Overlay
            stage={stage}
            name={of.name}
            row={row}
            startBusy={start.busy}
            startWhy={offer('machines.act:start')}
            onStart={() => void start.run(of)}
            onRetry={retry}
            onView={setView}
            onWatch={view === 'screen' ? () => setWatching(true) : undefined}
            onForgetKey={() => void forgetKey.run(of)}
            onAttach={attach}
          />
        )}
      </KeyTrap>
    </section>
  );
}

/**
 * The backend keeps what a serial console says from the first time it is asked for it: ask as early as we can, so that
 * going from Screen to Serial shows the whole boot. A machine without one is told when Serial is chosen.
 */
function useSerialLog({ namespace, name }: ObjectRef, known: boolean): void {
  const api = useApi();
  useEffect(() => {
    if (known) api.consoles.serialLog({ namespace, name }).catch(() => undefined);
  }, [api, namespace, name, known]);
}
