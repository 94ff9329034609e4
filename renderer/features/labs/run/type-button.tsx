import type { ReactNode } from 'react';
import { useAction } from '../../../lib/use-call.ts';
import { Button } from '../../../ui/button.tsx';
import { KeyboardIcon } from '../../../ui/icons.tsx';
import { toastProblem } from '../../../ui/toast.tsx';
import type { TypesInto } from '../../../ui/markdown/tree.ts';
import { useRunner } from './context.ts';
import css from './step.module.css';
import { t } from './text.ts';
import { useOwn } from './use-own.ts';

/** Types a fenced block into a machine's console, Enter after each line, and shows that console. */
export function TypeButton({ text, into, live }: { text: string; into: TypesInto; live: boolean }): ReactNode {
  const { run, want } = useRunner();
  const machine = into.machine ?? run.machines[0]?.name;
  const known = run.machines.find(({ name }) => name === machine);
  const type = useAction(
    (api, to: string) => api.labs.type({ lab: run.lab, machine: to, text: `${text}\n`, into: into.into }),
    { onProblem: toastProblem },
  );
  const own = useOwn(run.lab)('labs.type');
  const why =
    own !== undefined
      ? own
      : !live
        ? t('do.over')
        : !known
          ? t('type.nobody', { machine: machine ?? '' })
          : known.running
            ? undefined
            : t('type.off', { machine: known.name });
  const press = (): void => {
    if (!known) return;
    want({ machine: known.name, view: into.into });
    void type.run(known.name);
  };
  return (
    <div className={css.typing}>
      <Button size="small" tone="quiet" icon={KeyboardIcon} busy={type.busy} why={why} onClick={press}>
        {run.machines.length > 1 ? t('type.into', { machine: machine ?? '' }) : t('type')}
      </Button>
    </div>
  );
}
