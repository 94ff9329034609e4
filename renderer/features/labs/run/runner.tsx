import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { LabRun } from '../../../../main/contract/labs/run.ts';
import { useTask } from '../../../lib/tasks.ts';
import { WhoseContext } from '../../../lib/use-offer.ts';
import { Announce } from '../../../ui/announce.tsx';
import { Consoles } from './consoles.tsx';
import type { Wanted } from './consoles.tsx';
import { RunnerContext } from './context.ts';
import { DemoBar } from './demo/demo-bar.tsx';
import { TakeOver } from './demo/take-over.tsx';
import { useDemo } from './demo/use-demo.ts';
import { EndDialog } from './end-dialog.tsx';
import { Ending } from './ending.tsx';
import { RunHeader } from './header.tsx';
import { Rail } from './rail.tsx';
import { RewindDialog } from './rewind-dialog.tsx';
import { Rewinding } from './rewinding.tsx';
import css from './runner.module.css';
import { SplitView } from './split-view.tsx';
import { StepPane } from './step-pane.tsx';
import { usePanes } from './use-panes.ts';
import { newsOf } from './view.ts';

interface Props {
  run: LabRun;
  /** The backend does not answer now: what is shown is of before. */
  stale: boolean;
}

/** A lab that runs: what to do beside the machines that it is done on. */
export function Runner({ run, stale }: Props): ReactNode {
  const [read, setRead] = useState<number>();
  const [wanted, setWanted] = useState<Wanted>();
  const [ending, setEnding] = useState(false);
  const [back, setBack] = useState<number>();
  const task = useTask(run.state === 'rewinding' ? run.taskId : undefined);
  const news = useNews(run);
  const demo = useDemo(run.lab, setWanted);
  const panes = usePanes();
  const at = Math.min(read ?? run.step, run.steps.length - 1);
  const step = run.steps[at];
  // The lab went on: so does who reads along.
  const [before, setBefore] = useState(run.step);
  if (before !== run.step) {
    setBefore(run.step);
    setRead(undefined);
  }
  const ports = useMemo(() => portsOf(run), [run]);
  const context = useMemo(
    () => ({ run, ports, stale, want: setWanted, rewindTo: setBack, end: () => setEnding(true) }),
    [run, ports, stale],
  );
  const finished = run.state === 'finished' && read === undefined;
  const whose = useMemo(() => ({ lab: run.lab }), [run.lab]);
  return (
    <WhoseContext value={whose}>
      <RunnerContext value={context}>
        <div className={css.runner} ref={panes}>
          <RunHeader />
          <Rail shown={finished ? undefined : at} onShow={(index) => setRead(index === run.step && run.state !== 'finished' ? undefined : index)} onResult={() => setRead(undefined)} />
          <Announce text={news} />
          <SplitView
            first={
              run.state === 'rewinding' ? (
                <Rewinding task={task} />
              ) : finished ? (
                <Ending />
              ) : (
                step && <StepPane key={step.id} step={step} index={at} onCurrent={() => setRead(undefined)} />
              )
            }
            second={
              <TakeOver demo={demo}>
                <Consoles run={run} wanted={wanted} />
              </TakeOver>
            }
          />
          {demo && <DemoBar run={run} demo={demo} />}
          {ending && <EndDialog run={run} onClose={() => setEnding(false)} />}
          {back !== undefined && <RewindDialog run={run} index={back} onClose={() => setBack(undefined)} />}
        </div>
      </RunnerContext>
    </WhoseContext>
  );
} // prettier-ignore

/** Ports of this computer that lead to the lab's machines: the instructions may link to these. */
const portsOf = (run: LabRun): ReadonlySet<number> =>
  new Set(run.machines.flatMap(({ forwards }) => forwards.flatMap(({ host }) => (host === undefined ? [] : [host]))));

/** What is spoken of what changed. */
function useNews(run: LabRun): string {
  const [last, setLast] = useState({ run, news: '' });
  if (last.run !== run) setLast({ run, news: newsOf(last.run, run) || last.news });
  return last.news;
}
