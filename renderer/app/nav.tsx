import { useLocation } from 'wouter';
import { cx } from '../lib/cx.ts';
import { access, machines, ownBox, useList, useLive } from '../lib/resources.ts';
import { useMay } from '../lib/use-may.ts';
import { useMedia } from '../lib/use-media.ts';
import {
  ActivityIcon,
  BoxIcon,
  ComputerIcon,
  ContainerIcon,
  DiscIcon,
  DiskIcon,
  HelpIcon,
  HomeIcon,
  LearnIcon,
  MachineIcon,
  NetworkIcon,
  SearchIcon,
  ServerIcon,
  SettingsIcon,
  UserIcon,
} from '../ui/icons.tsx';
import { Kbd } from '../ui/kbd.tsx';
import { Tooltip } from '../ui/tooltip.tsx';
import { openOverlay } from './overlay-state.ts';
import css from './shell.module.css';
import { needOf } from './page-needs.ts';
import { TargetBadge } from './target-badge.tsx';
import { TaskIndicator } from './task-indicator.tsx';
import { t } from './text.ts';

const places = [
  { to: '/', label: t('nav.home'), icon: HomeIcon },
  { to: '/machines', label: t('nav.machines'), icon: MachineIcon },
  { to: '/containers', label: t('nav.containers'), icon: ContainerIcon },
  { to: '/images', label: t('nav.images'), icon: DiscIcon },
  { to: '/storage', label: t('nav.storage'), icon: DiskIcon },
  { to: '/networks', label: t('nav.networks'), icon: NetworkIcon },
  { to: '/templates', label: t('nav.templates'), icon: BoxIcon },
  { to: '/labs', label: t('nav.labs'), icon: LearnIcon },
  { to: '/appliance', label: t('nav.appliance'), icon: ServerIcon },
  { to: '/boxes', label: t('nav.boxes'), icon: ComputerIcon },
  { to: '/activity', label: t('nav.activity'), icon: ActivityIcon },
  { to: '/settings', label: t('nav.settings'), icon: SettingsIcon },
  { to: '/help', label: t('nav.help'), icon: HelpIcon },
];
const isAt = (path: string, to: string): boolean =>
  to === '/'
    ? path === '/'
    : path === to ||
      path.startsWith(`${to}/`) ||
      (to === '/machines' && (path === '/consoles' || path.startsWith('/consoles/'))) ||
      (to === '/labs' && path.startsWith('/recordings')) ||
      (to === '/storage' && path === '/backups');

export function Nav() {
  const [path] = useLocation();
  const { rows, state } = useList(machines);
  // On a box itself there is only that one.
  const own = useLive(ownBox).value?.box === true;
  const may = useMay();
  const fit = places.filter(({ to }) => {
    const need = needOf(to);
    return need === undefined || may(need) === undefined;
  });
  const shown = fit.map((place) => (own && place.to === '/boxes' ? { ...place, to: '/this-box', label: t('nav.thisBox') } : place)); // prettier-ignore
  const me = useLive(access).value?.me;
  const narrow = useMedia('(max-width: 60rem)');
  return (
    <nav className={css.nav} aria-label={t('nav')}>
      <a className={css.brand} href="#/">
        <svg className={css.flame} viewBox="0 0 32 32" aria-hidden="true">
          <path d="M16.800 2c1.200 7.200-9 12-9 20a8.800 8.800 0 0 0 17.600.5c0-4.400-2.200-7-3.700-9-.5 2.200-1.500 3.700-3.200 4.300 1-5.500.1-11.600-1.700-15.800Z" />
        </svg>
        <span className={css.word}>Hearth</span>
      </a>
      <Tooltip text={narrow ? t('palette.title') : undefined} side="right">
        <button
          type="button"
          className={css.search}
          aria-keyshortcuts="Control+K"
          onClick={() => openOverlay('palette')}
        >
          <SearchIcon />
          <span className={css.word}>{t('search')}</span>
          <Kbd keys="Ctrl+K" />
        </button>
      </Tooltip>
      <ul className={css.list}>
        {shown.map(({ to, label, icon: Icon }) => (
          <li key={to}>
            <Tooltip text={narrow ? label : undefined} side="right">
              <a
                className={cx(css.item, isAt(path, to) && css.current)}
                href={`#${to}`}
                aria-current={isAt(path, to) ? 'page' : undefined}
              >
                <Icon />
                <span className={css.word}>{label}</span>
                {to === '/machines' && state !== 'loading' && rows.size > 0 && (
                  <span className={css.count}>{rows.size}</span>
                )}
              </a>
            </Tooltip>
          </li>
        ))}
      </ul>
      <div className={css.spacer} />
      {me && (
        <Tooltip text={narrow ? t('nav.me', { name: me.name }) : undefined} side="right">
          <a className={css.item} href="#/settings/people" aria-label={t('nav.me', { name: me.name })}>
            <UserIcon />
            <span className={css.word}>{me.name}</span>
          </a>
        </Tooltip>
      )}
      <TaskIndicator />
      <TargetBadge />
    </nav>
  );
}
