import type { Task } from '../../main/contract/task.ts';
import { ago, duration } from '../lib/format.ts';
import { useNow } from '../lib/use-now.ts';
import { Button } from './button.tsx';
import { IconButton } from './icon-button.tsx';
import { CloseIcon, RefreshIcon } from './icons.tsx';
import { ProblemView } from './problem-view.tsx';
import { Progress } from './progress.tsx';
import { StatusDot } from './status.tsx';
import { StepList } from './step-list.tsx';
import css from './task-card.module.css';
import type { Tone } from './tone.ts';
import { t } from './text.ts';

interface Props {
  task: Task;
  onCancel?: (() => void) | undefined;
  onDismiss?: (() => void) | undefined;
  /** Where it can be tried again. */
  onAgain?: (() => void) | undefined;
  /** The other try is being begun. */
  busy?: boolean | undefined;
  /** Without steps, for lists. */
  compact?: boolean | undefined;
}
const tones: Record<Task['state'], Tone> = { running: 'busy', done: 'ok', failed: 'problem', cancelled: 'stopped' };
const words: Record<Task['state'], string> = {
  running: 'Running',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

export function TaskCard({ task, onCancel, onDismiss, onAgain, busy, compact }: Props) {
  const now = useNow();
  const running = task.state === 'running';
  const left =
    running && task.secondsLeft !== undefined ? t('task.left', { time: duration(task.secondsLeft) }) : undefined;
  const when = running ? left : `${words[task.state]} ${ago(task.endedAt, now)}`;
  return (
    <article className={css.task} aria-label={task.title}>
      <div className={css.line}>
        <StatusDot tone={tones[task.state]} label={words[task.state]} />
        <span className={css.title}>{task.title}</span>
        <span className={css.when}>{when}</span>
        {running && task.cancellable && onCancel && (
          <IconButton icon={CloseIcon} label={t('task.cancel')} onClick={onCancel} />
        )}
        {!running && onDismiss && <IconButton icon={CloseIcon} label={t('task.forget')} onClick={onDismiss} />}
      </div>
      {running && <Progress value={task.progress} label={task.title} />}
      {running && task.detail && <p className={css.detail}>{task.detail}</p>}
      {!compact && task.steps.length > 0 && <StepList steps={task.steps} />}
      {task.problem && <ProblemView problem={task.problem} compact />}
      {onAgain && task.again && (task.state === 'failed' || task.state === 'cancelled') && (
        <div className={css.again}>
          <Button size="small" icon={RefreshIcon} busy={busy} onClick={onAgain}>
            {t('task.again')}
          </Button>
        </div>
      )}
    </article>
  );
}
