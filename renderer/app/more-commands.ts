import type { BoxRow } from '../../main/contract/box/boxes.ts';
import type { MachineRow } from '../../main/contract/machine.ts';
import type { MachineAction } from '../../main/contract/machine-ref.ts';
import type { PermissionId } from '../../main/contract/permission-rows.ts';
import type { LabRow } from '../../main/contract/labs/run.ts';
import type { RecordingRow } from '../../main/contract/recordings.ts';
import type { SearchHit } from '../../main/contract/search.ts';
import type { Task } from '../../main/contract/task.ts';
import { guides, helpRoute } from '../lib/guides.ts';
import { match } from '../lib/match.ts';
import { consoleOffers } from '../lib/use-offer.ts';
import {
  ActivityIcon,
  BoxIcon,
  ComputerIcon,
  TerminalIcon,
  DiscIcon,
  DiskIcon,
  InfoIcon,
  LearnIcon,
  RecordIcon,
  HelpIcon,
  MachineIcon,
  PauseIcon,
  PlayIcon,
  PowerIcon,
  RestartIcon,
  SettingsIcon,
  ShieldIcon,
} from '../ui/icons.tsx';
import type { Icon } from '../ui/icons.tsx';
import type { Command } from './commands.ts';
import { needOf } from './page-needs.ts';
import { t } from './text.ts';

/** Who has nothing to do there does not find it. */
const roleOf: Partial<Record<string, PermissionId>> = {
  '/activity/history': 'audit.watch',
  '/backups': 'backups.watch',
  '/activity/commands': 'commands.watch',
  '/settings/host': 'settings.update',
  '/settings/machines': 'settings.update',
  '/settings/access': 'target.kubeconfig',
  '/settings/notifications': 'notifications.update',
  '/settings/log': 'app.logs',
  '/settings/support': 'support.make',
};
/** Sections of the settings, tabs, and pages behind a button of another one, by the words people look for. `own`: on a box. */
export function sections(go: (to: string) => void, own = false): Command[] {
  const rows = [
    ...(own ? ([['/this-box', 'nav.thisBox', ComputerIcon]] as const) : []),
    ['/templates/new', 'palette.newTemplate', BoxIcon],
    ['/labs/-/new', 'palette.newLab', LearnIcon],
    ['/labs/-/class', 'palette.class', LearnIcon],
    ['/storage/orphaned', 'palette.orphaned', DiskIcon],
    ['/templates/types', 'palette.types', BoxIcon],
    ['/templates/preferences', 'palette.preferences', BoxIcon],
    ['/templates/snippets', 'palette.snippets', TerminalIcon],
    ['/backups', 'palette.backups', ShieldIcon],
    ['/activity/events', 'palette.events', ActivityIcon],
    ['/activity/history', 'palette.history', ActivityIcon],
    ['/activity/commands', 'palette.commands', ActivityIcon],
    ['/settings/host', 'palette.host', SettingsIcon],
    ['/settings/machines', 'palette.newMachines', SettingsIcon],
    ['/settings/access', 'palette.access', SettingsIcon],
    ['/settings/people', 'palette.people', SettingsIcon],
    ['/settings/notifications', 'palette.notifications', SettingsIcon],
    ['/settings/log', 'palette.log', SettingsIcon],
    ['/settings/support', 'palette.support', SettingsIcon],
    ['/settings/about', 'palette.about', InfoIcon],
  ] as const;
  return rows.map(([to, label, icon]) => ({
    id: to,
    group: t('palette.pages'),
    label: t(label),
    icon,
    role: roleOf[to] ?? needOf(to),
    run: () => go(to),
  }));
}

/** The guides, for who types: after whatever else is called like that. */
export const guideCommands = (query: string, go: (to: string) => void): Command[] =>
  query.trim() === ''
    ? []
    : guides.map(({ name, title }) => ({
        id: `help ${name}`,
        group: t('nav.help'),
        label: t('palette.guide', { title }),
        about: title,
        icon: HelpIcon,
        run: () => go(helpRoute(name)),
      }));

const icons: Partial<Record<MachineAction, Icon>> = {
  start: PlayIcon,
  stop: PowerIcon,
  restart: RestartIcon,
  pause: PauseIcon,
  unpause: PlayIcon,
};
/** Machines whose name was typed get their actions as well. */
const withActions = 3;

/** Open the console, start, stop...: of the machines that fit best. What may lose something stays with its page. */
export function machineActions(
  machines: readonly MachineRow[],
  query: string,
  doing: { go: (to: string) => void; act: (row: MachineRow, action: MachineAction) => void },
): Command[] {
  // "start web" finds the action of web: words that are an action's are not the machine's.
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const scored = machines
    .map((row) => ({ row, score: Math.max(...words.map((word) => match(row.name, word))) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.row.name.length - b.row.name.length)
    .slice(0, withActions);
  return scored.flatMap(({ row }) => [
    {
      id: `console ${row.uid}`,
      group: t('palette.actions'),
      label: t('palette.console', { name: row.name }),
      about: row.name,
      needs: consoleOffers,
      whose: { namespace: row.namespace },
      icon: TerminalIcon,
      run: () => doing.go(`/machines/${row.namespace}/${row.name}/console`),
    },
    ...row.actions.flatMap((action) => {
      const icon = icons[action];
      if (!icon || !Object.hasOwn(labels, action)) return [];
      const label = t(labels[action as keyof typeof labels], { name: row.name });
      return [
        {
          id: `${action} ${row.uid}`,
          group: t('palette.actions'),
          label,
          about: row.name,
          needs: [`machines.act:${action}`] as const,
          whose: { namespace: row.namespace },
          icon,
          run: () => doing.act(row, action),
        },
      ];
    }),
  ]);
}
const labels = {
  start: 'palette.start',
  stop: 'palette.stop',
  restart: 'palette.restart',
  pause: 'palette.pause',
  unpause: 'palette.unpause',
} as const;

/** Labs and recordings by their names. */
export const learningCommands = (labs: readonly LabRow[], recordings: readonly RecordingRow[], go: (to: string) => void): Command[] => [
  ...labs.map(({ name, title }) => ({
    id: `lab ${name}`, group: t('nav.labs'), label: title, icon: LearnIcon, run: () => go(`/labs/${encodeURIComponent(name)}`),
  })),
  ...recordings.map(({ name }) => ({
    id: `recording ${name}`, group: t('palette.recordings'), label: name, icon: RecordIcon, run: () => go(`/recordings/${encodeURIComponent(name)}`),
  })),
]; // prettier-ignore

/** Tasks by their title. */
export const taskCommands = (tasks: readonly Task[], go: (to: string) => void): Command[] =>
  tasks.slice(0, 50).map((task) => ({
    id: `task ${task.id}`,
    group: t('palette.tasks'),
    label: task.title,
    hint: t(`palette.task.${task.state}`),
    icon: ActivityIcon,
    run: () => go('/activity'),
  }));

/** The page of something that the backend found. Pure. */
export function placeOfHit(hit: SearchHit): string {
  const machine = (name: string): string => `/machines/${hit.namespace ?? 'default'}/${name}`;
  switch (hit.kind) {
    case 'machine':
      return machine(hit.name);
    case 'network':
      return '/networks';
    case 'instancetype':
      return '/templates/types';
    case 'preference':
      return '/templates/preferences';
    case 'template':
      return '/templates';
    case 'snapshot':
      return hit.machine === undefined ? '/machines' : `${machine(hit.machine)}/snapshots`;
    case 'image':
      return '/images';
    case 'disk':
      return '/storage';
  }
}

/** What the backend found by address, MAC, label or note, and kinds that no list of the page holds. */
export function hitCommands(
  hits: readonly SearchHit[],
  known: ReadonlySet<string>,
  go: (to: string) => void,
): Command[] {
  return hits
    .filter((hit) => !(hit.because === undefined && known.has(`${hit.kind} ${hit.namespace ?? ''}/${hit.name}`)))
    .map((hit) => ({
      id: `found ${hit.kind} ${hit.namespace ?? ''}/${hit.name}`,
      group: t('palette.found'),
      label: hit.title,
      hint: [t(`palette.kind.${hit.kind}`), hit.because].filter(Boolean).join(' · '),
      icon: hit.kind === 'machine' ? MachineIcon : DiscIcon,
      run: () => go(placeOfHit(hit)),
    }));
}

/** The latest first, at most eight. Pure. */
export const remember = (recent: readonly string[], id: string): string[] =>
  [id, ...recent.filter((each) => each !== id)].slice(0, 8);

/** The pages of boxes; those that sleep can be woken. */
export function boxCommands(
  boxes: readonly BoxRow[],
  doing: { go: (to: string) => void; wake: (row: BoxRow) => void },
): Command[] {
  return boxes.flatMap((row) => [
    {
      id: `box ${row.id}`,
      group: t('palette.pages'),
      label: t('palette.box', { name: row.name }),
      hint: row.address,
      icon: ComputerIcon,
      run: () => doing.go(`/boxes/${encodeURIComponent(row.id)}`),
    },
    ...(row.state === 'offline' && row.macs.length > 0
      ? [
          {
            id: `wake ${row.id}`,
            group: t('palette.actions'),
            label: t('palette.wake', { name: row.name }),
            icon: PowerIcon,
            role: 'boxes.wake' as const,
            run: () => doing.wake(row),
          },
        ]
      : []),
  ]);
}
