import { useState } from 'react';
import type { ReactNode } from 'react';
import type { LabStepState } from '../../../../main/contract/labs/run.ts';
import { useTask } from '../../../lib/tasks.ts';
import { useAction } from '../../../lib/use-call.ts';
import { Button } from '../../../ui/button.tsx';
import { CheckIcon, EyeIcon, PlayIcon } from '../../../ui/icons.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Fence } from '../../../ui/markdown/fence.tsx';
import { useRunner } from './context.ts';
import css from './step.module.css';
import { t } from './text.ts';
import { useOwn } from './use-own.ts';

interface Props {
  step: string;
  block: LabStepState['blocks'][number];
  /** Inside a sentence: the button alone. */
  inline: boolean;
  live: boolean;
}

/** "Do it for me" and "show me": a button of the instructions, what it does in words, and how that went. */
export function DoBlock({ step, block, inline, live }: Props): ReactNode {
  const { run } = useRunner();
  const own = useOwn(run.lab);
  const [open, setOpen] = useState(false);
  const act = useAction((api, of: string) => api.labs.act({ lab: run.lab, step, block: of }));
  const task = useTask(act.value?.taskId);
  const busy = act.busy || task?.state === 'running';
  const done = task?.state === 'done';
  const problem = act.problem ?? task?.problem;
  const shows = block.kind === 'show';
  const press = (
    <Button
      size="small"
      tone={shows ? 'quiet' : inline ? 'plain' : 'primary'}
      icon={done ? CheckIcon : PlayIcon}
      busy={busy}
      why={own('labs.act') ?? (live ? undefined : t('do.over'))}
      onClick={() => void act.run(block.id)}
    >
      {shows ? t('do.type') : block.title}
    </Button>
  );
  if (inline && !shows)
    return (
      <span className={css.inline}>
        {press}
        <Outcome done={done} />
        {problem && <ProblemView problem={problem} compact />}
      </span>
    );
  const lines = <Fence text={block.lines.join('\n')} language={block.title}>{shows && <div className={css.typing}>{press}<Outcome done={done} /></div>}</Fence>;
  return (
    <div className={css.block}>
      <div className={css.blockHead}>
        {!shows && press}
        {!shows && <Outcome done={done} />}
        {block.lines.length > 0 && (
          <Button
            size="small"
            tone={shows ? 'plain' : 'quiet'}
            icon={EyeIcon}
            aria-expanded={open}
            onClick={() => setOpen((now) => !now)}
          >
            {shows ? block.title : t('do.what')}
          </Button>
        )}
      </div>
      {task?.state === 'running' && task.detail !== undefined && <p className={css.worth}>{task.detail}</p>}
      {open && lines}
      {problem && <ProblemView problem={problem} compact />}
    </div>
  );
} // prettier-ignore

function Outcome({ done }: { done: boolean }): ReactNode {
  return (
    <span className={css.worth} role="status">
      {done ? t('do.done') : ''}
    </span>
  );
}
