import { useState } from 'react';
import type { ReactNode } from 'react';
import type { LabRun } from '../../../../main/contract/labs/run.ts';
import type { ObjectRef } from '../../../../main/contract/machine-ref.ts';
import { rowKeys } from '../../../../main/contract/row-keys.ts';
import { machineDetail, machines, useList, useLive } from '../../../lib/resources.ts';
import { EmptyState } from '../../../ui/empty-state.tsx';
import { MachineIcon } from '../../../ui/icons.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { StatusDot } from '../../../ui/status.tsx';
import { ConsolePanel } from '../../console/console-panel.tsx';
import { statusWord } from '../../machines/status.ts';
import css from './consoles.module.css';
import { t } from './text.ts';

/** Each new object is a new wish. */
export interface Wanted {
  machine: string;
  view: 'serial' | 'screen';
}

/** The machines of a lab, one console at a time; those that were looked at stay connected. */
export function Consoles({ run, wanted }: { run: LabRun; wanted: Wanted | undefined }): ReactNode {
  const [chosen, setChosen] = useState<string>();
  const [seen, setSeen] = useState<readonly string[]>([]);
  const [granted, setGranted] = useState(wanted);
  if (granted !== wanted) {
    setGranted(wanted);
    if (wanted && run.machines.some(({ name }) => name === wanted.machine)) setChosen(wanted.machine);
  }
  const shown = run.machines.find(({ name }) => name === chosen) ?? run.machines[0];
  if (shown && !seen.includes(shown.name)) setSeen([...seen, shown.name]);
  if (!shown)
    return (
      <section className={css.none} aria-label={t('consoles')}>
        <EmptyState icon={MachineIcon} title={t('consoles.none')}>
          {t('consoles.none.text')}
        </EmptyState>
      </section>
    );
  const keys = (event: React.KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const at = run.machines.indexOf(shown);
    const next = run.machines.at((at + by) % run.machines.length);
    if (!next) return;
    setChosen(next.name);
    document.getElementById(tabId(next.name))?.focus();
  };
  return (
    <section className={css.consoles} aria-label={t('consoles')} data-pane="console">
      <div className={css.tabs} role="tablist" aria-label={t('consoles')} tabIndex={-1} onKeyDown={keys}>
        {run.machines.map((machine) => (
          <MachineTab
            key={machine.name}
            machine={machine}
            on={machine === shown}
            onChoose={() => setChosen(machine.name)}
          />
        ))}
      </div>
      {run.machines
        .filter(({ name }) => seen.includes(name))
        .map(({ namespace, name }) => (
          <div
            key={`${namespace}/${name}`}
            id={panelId(name)}
            className={css.panel}
            role="tabpanel"
            aria-labelledby={tabId(name)}
            data-away={name !== shown.name || undefined}
            inert={name !== shown.name}
          >
            <LabConsole of={{ namespace, name }} wanted={granted?.machine === name ? granted : undefined} />
          </div>
        ))}
    </section>
  );
}
const tabId = (name: string): string => `lab-console-tab-${name}`;
const panelId = (name: string): string => `lab-console-${name}`;

function MachineTab(props: { machine: LabRun['machines'][number]; on: boolean; onChoose: () => void }): ReactNode {
  const { machine, on, onChoose } = props;
  const row = useList(machines).rows.get(rowKeys.machine(machine));
  return (
    <button
      type="button"
      role="tab"
      id={tabId(machine.name)}
      className={css.tab}
      aria-selected={on}
      aria-controls={panelId(machine.name)}
      tabIndex={on ? 0 : -1}
      onClick={onChoose}
    >
      <StatusDot tone={row?.tone ?? 'stopped'} label={row ? statusWord(row.status) : t('consoles.gone')} />
      <span className={css.name} title={machine.name}>
        {machine.name}
      </span>
    </button>
  );
}

function LabConsole({ of, wanted }: { of: ObjectRef; wanted: Wanted | undefined }): ReactNode {
  const detail = useLive(machineDetail(of));
  const row = detail.value?.row;
  const gone = detail.problem?.code.includes('not-found') ?? false;
  if (detail.problem && !gone && !row) return <ProblemView problem={detail.problem} />;
  if (detail.state === 'loading' && !row) return <Skeleton height="block" />;
  return <ConsolePanel of={of} row={row} vm={detail.value?.vm} embedded beside wanted={wanted} />;
}
