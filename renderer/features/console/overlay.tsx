import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { Button } from '../../ui/button.tsx';
import { Progress } from '../../ui/progress.tsx';
import { plainWhy, statusWord } from '../machines/status.ts';
import css from './console.module.css';
import type { Stage, View } from './stage.ts';
import { t } from './text.ts';

interface Props {
  stage: Stage;
  name: string;
  row: MachineRow | undefined;
  startBusy: boolean;
  /** Why the target cannot start it. */
  startWhy: string | undefined;
  onStart: () => void;
  onRetry: (take?: boolean) => void;
  onView: (view: View) => void;
  /** Looks on without typing; left out where that cannot be. */
  onWatch?: (() => void) | undefined;
  /** Takes the remembered host key back and connects. */
  onForgetKey: () => void;
  /** Brings it back from its own window. */
  onAttach: () => void;
}

/** What is said in the console's place when there is nothing to show, and the button that changes it. */
export function Overlay(props: Props): ReactNode {
  const { stage } = props;
  if (stage.is === 'open' || stage.is === 'login') return null;
  return (
    <div className={css.overlay}>
      <div className={css.message} aria-live="polite">
        <Message {...props} />
      </div>
    </div>
  );
}

function Message(props: Props): ReactNode {
  const { stage, name, row, startBusy, startWhy, onStart, onRetry, onView, onWatch, onForgetKey, onAttach } = props;
  switch (stage.is) {
    case 'open':
    case 'login':
      return null;
    case 'detached':
      return (
        <Say title={t('detached.title')} text={t('detached.text')}>
          <Button onClick={onAttach}>{t('detached.back')}</Button>
        </Say>
      );
    case 'cannot':
      return <Say title={t(`cannot.${stage.view}`)} text={stage.why} />;
    case 'connecting':
      return (
        <Say title={t('connecting')}>
          <Progress label={t('connecting')} />
        </Say>
      );
    case 'gone':
      return (
        <Say title={t('gone.title', { name })} text={t('gone.text')}>
          <Button to="/machines">{t('gone.list')}</Button>
        </Say>
      );
    case 'stopped':
      return (
        <Say title={t('stopped.title', { name })} text={t('stopped.text')}>
          <Button tone="primary" onClick={onStart} busy={startBusy} why={startWhy}>
            {t('stopped.start')}
          </Button>
        </Say>
      );
    case 'starting':
      return (
        <Say
          title={t('starting.title', { name, status: statusWord(row?.status ?? '') })}
          text={row?.why === undefined ? t('starting.text') : plainWhy(row.why)}
        >
          <Progress label={t('starting.text')} />
        </Say>
      );
    case 'failing':
      return (
        <Say
          title={t('failing.title', { name })}
          text={stage.why === undefined ? t('failing.text') : plainWhy(stage.why)}
        />
      );
    case 'no-screen':
      return (
        <Say title={t('noScreen.title')} text={t('noScreen.text')}>
          <Button onClick={() => onView('serial')}>{t('noScreen.go')}</Button>
        </Say>
      );
    case 'no-serial':
      return (
        <Say title={t('noSerial.title')} text={t('noSerial.text')}>
          <Button onClick={() => onView('screen')}>{t('noSerial.go')}</Button>
        </Say>
      );
    case 'lost':
      return (
        <Say title={wasOpen(stage.problem.code) ? t('lost.title') : stage.problem.title} text={stage.problem.detail}>
          <Countdown to={stage.retryAt} attempt={stage.attempt} />
          <Button onClick={() => onRetry()}>{t('lost.now')}</Button>
        </Say>
      );
    case 'taken':
    case 'ended':
      return (
        <Say
          title={stage.is === 'taken' ? t('taken.title') : stage.problem.title}
          text={[stage.problem.detail, stage.problem.fix].filter(Boolean).join(' ')}
        >
          {stage.is === 'taken' && onWatch && (
            <Button tone="primary" onClick={onWatch}>
              {t('taken.watch')}
            </Button>
          )}
          {stage.problem.code === 'host-key-changed' ? (
            <Button onClick={onForgetKey}>{t('hostKey.forget')}</Button>
          ) : (
            <Button onClick={() => onRetry(true)}>{t(stage.is === 'taken' ? 'taken.back' : 'ended.again')}</Button>
          )}
        </Say>
      );
  }
}

/** Lost rather than never had. */
const wasOpen = (code: string): boolean => code === 'console-closed' || code === 'connection-lost';

function Say({ title, text, children }: { title: string; text?: string; children?: ReactNode }): ReactNode {
  return (
    <>
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children}
    </>
  );
}

function Countdown({ to, attempt }: { to: number; attempt: number }): ReactNode {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((to - now) / 1000));
  return (
    <p className={css.small} aria-hidden>
      {t('lost.next', { seconds, number: attempt })}
    </p>
  );
}
