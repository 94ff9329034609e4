import type { ImageRow } from '../../main/contract/image.ts';
import type { MachineRow } from '../../main/contract/machine.ts';
import type { OfferId } from '../../main/contract/offers.ts';
import type { PermissionId } from '../../main/contract/permission-rows.ts';
import type { TargetEntry } from '../../main/contract/targets.ts';
import { match } from '../lib/match.ts';
import {
  ActivityIcon,
  BoxIcon,
  ClusterIcon,
  ComputerIcon,
  ContainerIcon,
  DiscIcon,
  DiskIcon,
  DownloadIcon,
  HelpIcon,
  HomeIcon,
  InfoIcon,
  KeyboardIcon,
  LearnIcon,
  RecordIcon,
  MachineIcon,
  NetworkIcon,
  PlusIcon,
  RefreshIcon,
  ScreenIcon,
  ServerIcon,
  SettingsIcon,
  SunIcon,
  TrashIcon,
  UploadIcon,
  UsbIcon,
} from '../ui/icons.tsx';
import type { Icon } from '../ui/icons.tsx';
import type { Whose } from '../lib/use-may.ts';
import { needOf } from './page-needs.ts';
import { t } from './text.ts';

export interface Command {
  id: string;
  group: string;
  label: string;
  hint?: string;
  icon: Icon;
  /** What it does something to: who types only that name wants to see it, so Enter must not do anything to it. */
  about?: string;
  /** What the target must offer for it: one of these. */
  needs?: readonly OfferId[];
  /** Nothing for those whose role does not have it: they do not see it. */
  role?: PermissionId | undefined;
  /** What it is done to, where that decides whether it is one's own. */
  whose?: Whose;
  run: () => void;
}
interface Doing {
  go: (to: string) => void;
  switchTheme: () => void;
  showShortcuts: () => void;
  recheck: () => void;
  use: (target: TargetEntry) => void;
}

/** Everything the palette can reach: pages, actions, places to switch to, machines and images last. */
export function commands(
  doing: Doing,
  machines: readonly MachineRow[],
  images: readonly ImageRow[],
  targets: readonly TargetEntry[] = [],
): Command[] {
  const page = (to: string, label: string, icon: Icon): Command => ({
    id: to,
    group: t('palette.pages'),
    label,
    icon,
    role: needOf(to),
    run: () => doing.go(to),
  });
  const action = (id: string, label: string, icon: Icon, run: () => void, role?: PermissionId): Command => ({
    id,
    group: t('palette.actions'),
    label,
    icon,
    role,
    run,
  });
  return [
    { ...action('create', t('palette.create'), PlusIcon, () => doing.go('/machines/new')), needs: ['machines.create'] },
    page('/', t('nav.home'), HomeIcon),
    page('/machines', t('nav.machines'), MachineIcon),
    page('/machines/wall', t('palette.wall'), ScreenIcon),
    page('/consoles', t('palette.side'), ScreenIcon),
    page('/machines/import', t('palette.import'), DownloadIcon),
    page('/machines/other', t('palette.other'), DownloadIcon),
    page('/containers', t('nav.containers'), ContainerIcon),
    page('/images', t('nav.images'), DiscIcon),
    page('/storage', t('nav.storage'), DiskIcon),
    page('/storage/bin', t('palette.bin'), TrashIcon),
    page('/networks', t('nav.networks'), NetworkIcon),
    page('/networks/map', t('palette.map'), NetworkIcon),
    page('/templates', t('nav.templates'), BoxIcon),
    page('/labs', t('nav.labs'), LearnIcon),
    page('/recordings', t('palette.recordings'), RecordIcon),
    page('/manifests', t('palette.manifest'), UploadIcon),
    page('/settings/devices', t('palette.devices'), UsbIcon),
    page('/appliance', t('nav.appliance'), ServerIcon),
    page('/boxes', t('nav.boxes'), ComputerIcon),
    page('/boxes/stick', t('palette.stick'), UsbIcon),
    page('/targets', t('palette.manage'), ClusterIcon),
    page('/activity', t('nav.activity'), ActivityIcon),
    page('/settings', t('nav.settings'), SettingsIcon),
    page('/help', t('nav.help'), HelpIcon),
    action('recheck', t('palette.recheck'), RefreshIcon, doing.recheck, 'host.recheck'),
    action('theme', t('palette.theme'), SunIcon, doing.switchTheme, 'settings.update'),
    action('shortcuts', t('palette.shortcuts'), KeyboardIcon, doing.showShortcuts),
    action('setup', t('palette.setup'), RefreshIcon, () => doing.go('/setup'), 'appliances.install'),
    action('place', t('palette.place'), PlusIcon, () => doing.go('/setup/place'), 'appliances.install'),
    ...targets
      .filter((row) => !row.current)
      .map((row) => ({
        id: row.id,
        group: t('palette.targets'),
        label: t('palette.use', { name: row.name }),
        hint: row.place,
        icon: ClusterIcon,
        role: 'targets.use' as const,
        run: () => doing.use(row),
      })),
    ...machines.map((row) => ({
      id: row.uid,
      group: t('palette.machines'),
      label: row.name,
      hint: row.namespace === 'default' ? row.status : `${row.namespace} · ${row.status}`,
      icon: MachineIcon,
      run: () => doing.go(`/machines/${row.namespace}/${row.name}`),
    })),
    ...machines
      .filter((row) => row.why !== undefined)
      .map((row) => ({
        id: `why ${row.uid}`,
        group: t('palette.actions'),
        label: t('palette.why', { name: row.name }),
        about: row.name,
        hint: row.why ?? '',
        icon: InfoIcon,
        run: () => doing.go(`/machines/${row.namespace}/${row.name}?why`),
      })),
    ...images.map((row) => ({
      id: row.uid,
      group: t('palette.images'),
      label: row.displayName,
      hint: row.format ?? row.kind,
      icon: DiscIcon,
      run: () => doing.go('/images'),
    })),
  ];
}

/**
 * The best for what was typed, groups kept together in the order of their best. What was used lately comes first when
 * nothing is typed, and before its equals when something is.
 */
export function find(all: readonly Command[], query: string, limit = 40, recent: readonly string[] = []): Command[] {
  const used = new Map(recent.map((id, index) => [id, recent.length - index]));
  const scored = all
    .map((command, index) => {
      const score = match(`${command.label} ${command.hint ?? ''}`, query);
      const unasked = command.about !== undefined && match(command.about, query) > 0;
      const whole = score > 0 ? score + (used.get(command.id) ?? 0) / 20 : 0;
      return { command, index, score: unasked ? whole / 1000 : whole };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, limit)
    .map(({ command }) => command);
  if (query.trim() === '' && recent.length > 0) {
    const lately = scored
      .filter((command) => used.has(command.id))
      .sort((a, b) => (used.get(b.id) ?? 0) - (used.get(a.id) ?? 0));
    const head = lately.map((command) => ({ ...command, group: t('palette.recent') }));
    return [...head, ...grouped(scored.filter((command) => !used.has(command.id)))];
  }
  return grouped(scored);
}

function grouped(commands: readonly Command[]): Command[] {
  const groups = [...new Set(commands.map((command) => command.group))];
  return groups.flatMap((group) => commands.filter((command) => command.group === group));
}
