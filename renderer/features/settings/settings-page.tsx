import { Link } from 'wouter';
import { cx } from '../../lib/cx.ts';
import { settings, useLive } from '../../lib/resources.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Devices } from '../devices/devices.tsx';
import { About } from './about.tsx';
import { Access } from './access.tsx';
import { General } from './general.tsx';
import { Host } from './host.tsx';
import { Log } from './log.tsx';
import { NotificationsSection } from '../notifications/section.tsx';
import { SupportSection } from '../support/section.tsx';
import { NewMachines } from './new-machines.tsx';
import css from './settings.module.css';
import { t } from './text.ts';

const sections = {
  general: General,
  host: Host,
  devices: Devices,
  machines: NewMachines,
  access: Access,
  notifications: NotificationsSection,
  log: Log,
  support: SupportSection,
  about: About,
};
type Section = keyof typeof sections;
const names = Object.keys(sections) as Section[];

export function SettingsPage({ section }: { section: string | undefined }) {
  const live = useLive(settings);
  const at = names.find((name) => name === section) ?? 'general';
  const View = sections[at];
  return (
    <Page>
      <PageHeader title={t('title')} />
      <div className={css.columns}>
        <nav className={css.list} aria-label={t('sections')}>
          {names.map((name) => (
            <Link
              key={name}
              href={name === 'general' ? '/settings' : `/settings/${name}`}
              className={cx(css.link, name === at && css.here)}
              aria-current={name === at ? 'page' : undefined}
            >
              {t(name)}
            </Link>
          ))}
        </nav>
        <div className={css.section}>
          {live.problem && !live.value && <ProblemView problem={live.problem} />}
          {!live.value && !live.problem && <Skeleton height="block" count={2} />}
          {live.value && <View settings={live.value} />}
        </div>
      </div>
    </Page>
  );
}
