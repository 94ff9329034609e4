import { useDeferredValue, useId, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { useLocation } from 'wouter';
import {
  boxes,
  images,
  labs,
  machines,
  ownBox,
  recordings,
  settings,
  target,
  targets,
  useList,
  useLive,
} from '../lib/resources.ts';
import { useStored } from '../lib/storage.ts';
import { useTasks } from '../lib/tasks.ts';
import type { BoxRow } from '../../main/contract/box/boxes.ts';
import type { MachineRow } from '../../main/contract/machine.ts';
import type { MachineAction } from '../../main/contract/machine-ref.ts';
import type { TargetEntry } from '../../main/contract/targets.ts';
import { cx } from '../lib/cx.ts';
import { queryClient, useAction, useCall } from '../lib/use-call.ts';
import { useMay } from '../lib/use-may.ts';
import { lackOfAll, useOffer } from '../lib/use-offer.ts';
import { Dialog } from '../ui/dialog.tsx';
import { toast, toastProblem } from '../ui/toast.tsx';
import css from './app.module.css';
import { commands, find } from './commands.ts';
import type { Command } from './commands.ts';
import {
  boxCommands,
  guideCommands,
  hitCommands,
  learningCommands,
  machineActions,
  remember,
  sections,
  taskCommands,
} from './more-commands.ts';
import { openOverlay } from './overlay-state.ts';
import { t } from './text.ts';

/** Ctrl+K: pages, settings, actions, tasks, and whatever the target has: by name, label, address or MAC. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [, go] = useLocation();
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const { items: machineRows } = useList(machines);
  const { items: imageRows } = useList(images);
  const { items: targetRows } = useList(targets);
  const { items: boxRows } = useList(boxes);
  const { items: labRows } = useList(labs);
  const { items: recordingRows } = useList(recordings);
  const own = useLive(ownBox).value?.box === true;
  const theme = useLive(settings).value?.theme;
  const save = useAction((api, next: 'dark' | 'light') => api.settings.update({ theme: next }), {
    onProblem: toastProblem,
  });
  const recheck = useAction((api) => api.host.recheck({}), {
    onProblem: toastProblem,
    onDone: (report) => {
      queryClient.setQueryData(['host'], report);
      toast({ title: report.accelerator.title, detail: report.accelerator.evidence });
    },
  });
  const use = useAction((api, row: TargetEntry) => api.targets.use({ id: row.id }), {
    onProblem: toastProblem,
    onDone: (_value, row) => toast({ title: t('target.switched', { name: row.name }) }),
  });
  const act = useAction(
    (api, { row, action }: { row: MachineRow; action: MachineAction }) =>
      api.machines.act({ namespace: row.namespace, name: row.name, action }),
    {
      onProblem: toastProblem,
      onDone: (_value, { row, action }) => toast({ title: t('palette.asked', { name: row.name, action: t(`palette.act.${action}`) }) }), // prettier-ignore
    },
  );
  const wake = useAction((api, row: BoxRow) => api.boxes.wake({ id: row.id }), {
    onProblem: toastProblem,
    onDone: (_value, { name }) => toast({ title: t('palette.woken', { name }) }),
  });
  const offer = useOffer();
  const may = useMay();
  const whyOf = ({ needs = [], whose }: Command): string | undefined => lackOfAll((id) => offer(id, whose), needs);
  const [recent, setRecent] = useStored<string[]>('palette.recent', []);
  const tasks = useTasks();
  const here = useLive(target).value?.id;
  // The field stays quick however much is looked through.
  const asked = useDeferredValue(query).trim();
  const hits = useCall(['search', here, asked], (api, signal) => api.search.find({ query: asked }, { signal }), {
    enabled: asked.length > 1,
    staleMs: 5_000,
  });
  const known = useMemo(
    () =>
      new Set([
        ...machineRows.map((row) => `machine ${row.namespace}/${row.name}`),
        ...imageRows.map((row) => `image ${row.namespace}/${row.name}`),
      ]),
    [machineRows, imageRows],
  );
  const all = commands(
    {
      go,
      switchTheme: () => {
        const dark =
          theme === 'dark' || (theme !== 'light' && window.matchMedia('(prefers-color-scheme: dark)').matches);
        void save.run(dark ? 'light' : 'dark');
      },
      showShortcuts: () => openOverlay('shortcuts'),
      recheck: () => void recheck.run(undefined),
      use: (row) => void use.run(row),
    },
    machineRows,
    imageRows,
    targetRows,
  );
  const extra = [
    ...sections(go, own),
    ...learningCommands(labRows, recordingRows, go),
    ...machineActions(machineRows, asked, { go, act: (row, action) => void act.run({ row, action }) }),
    ...boxCommands(boxRows, { go, wake: (row) => void wake.run(row) }),
    ...taskCommands(tasks, go),
    ...guideCommands(asked, go),
  ];
  // What the backend found fits by something that is not shown here: it is not looked through again.
  const found = [
    ...find(
      [...all, ...extra].filter(({ role }) => role === undefined || may(role) === undefined),
      query,
      40,
      recent,
    ),
    ...hitCommands(hits.value ?? [], known, go).slice(0, 12),
  ];
  const chosen = Math.min(at, found.length - 1);
  // What was run decides where the focus goes: a page's heading, another dialog.
  const ran = useRef(false);
  const run = (command: Command | undefined): void => {
    if (!command || whyOf(command) !== undefined) return;
    ran.current = true;
    setRecent(remember(recent, command.id));
    onClose();
    command.run();
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setAt((chosen + step + found.length) % Math.max(1, found.length));
    else if (event.key === 'Enter') run(found[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog open top onClose={onClose} title={t('palette.title')} givesFocusBack={() => !ran.current}>
      <div className={css.palette}>
        <input
          className={css.input}
          role="combobox"
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={found.length > 0 ? `${id}-${chosen}` : undefined}
          aria-label={t('palette.placeholder')}
          placeholder={t('palette.placeholder')}
          value={query}
          spellCheck={false}
          autoComplete="off"
          // oxlint-disable-next-line no-autofocus -- the dialog was opened to type here
          autoFocus
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKey}
        />
        <div id={id} role="listbox" aria-label={t('palette.title')} className={css.options}>
          {found.map((command, index) => (
            <div key={`${command.group}${command.id}`}>
              {command.group !== found[index - 1]?.group && (
                <div className={css.group} role="presentation">
                  {command.group}
                </div>
              )}
              {/* oxlint-disable-next-line click-events-have-key-events, interactive-supports-focus -- keys go to the field */}
              <div
                role="option"
                id={`${id}-${index}`}
                aria-selected={index === chosen}
                aria-disabled={whyOf(command) !== undefined || undefined}
                title={whyOf(command)}
                ref={index === chosen ? intoView : undefined}
                className={cx(css.option, index === chosen && css.chosen, whyOf(command) && css.off)}
                onMouseMove={() => setAt(index)}
                onClick={() => run(command)}
              >
                <command.icon />
                <span className={css.name}>{command.label}</span>
                {(whyOf(command) ?? command.hint) && <span className={css.hint}>{whyOf(command) ?? command.hint}</span>}
              </div>
            </div>
          ))}
        </div>
        {found.length === 0 && <p className={css.nothing}>{t('palette.none', { query })}</p>}
      </div>
    </Dialog>
  );
}

const intoView = (node: HTMLElement | null): void => node?.scrollIntoView({ block: 'nearest' });
