import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { MachineDetail } from '../../../main/contract/machine.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import { WhoseContext } from '../../lib/use-offer.ts';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { ConsolePanel } from './console-panel.tsx';
import css from './console.module.css';

interface Props {
  /** Must stay the same object for as long as it is the same machine. */
  of: ObjectRef;
  detail: { value?: MachineDetail | undefined; problem?: Problem | undefined; state: string };
  /** Beside other consoles. */
  among?: boolean;
}

/** The console of one machine once it is known, or why it is not. */
export function OneConsole({ of, detail, among = false }: Props): ReactNode {
  const row = detail.value?.row;
  const gone = detail.problem?.code.includes('not-found') ?? false;
  if (detail.state === 'loading')
    return (
      <div className={css.panel}>
        <Skeleton height="block" />
      </div>
    );
  if (!row && !gone) return detail.problem && <ProblemView problem={detail.problem} />;
  return (
    <WhoseContext value={of}>
      <ConsolePanel of={of} row={row} vm={detail.value?.vm} among={among} />
    </WhoseContext>
  );
}
