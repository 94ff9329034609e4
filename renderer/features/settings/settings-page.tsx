import { Link } from 'wouter';
import { cx } from '../../lib/cx.ts';
import type { PermissionId } from '../../../main/contract/permission-rows.ts';
import { settings, useLive } from '../../lib/resources.ts';
import { useMay } from '../../lib/use-may.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { KeyIcon } from '../../ui/icons.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Devices } from '../devices/devices.tsx';
import { PeopleSection } from '../access/section.tsx';
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
  people: PeopleSection,
  notifications: NotificationsSection,
  log: Log,
  support: SupportSection,
  about: About,
};
type Section = keyof typeof sections;
/** What one must be allowed to for a section to be of any use. */
const needs: Partial<Record<Section, PermissionId>> = {
  general: 'settings.update',
  host: 'settings.update',
  devices: 'devices.list',
  machines: 'settings.update',
  access: 'target.kubeconfig',
  notifications: 'notifications.update',
  log: 'app.logs',
  support: 'support.make',
};
const names = Object.keys(sections) as Section[];

export function SettingsPage({ section }: { section: string | undefined }) {
  const live = useLive(settings);
  const may = useMay();
  const shown = names.filter((name) => {
    const need = needs[name];
    return need === undefined || may(need) === undefined;
  });
  const at = names.find((name) => name === section) ?? shown[0] ?? 'about';
  const View = sections[at];
  const need = needs[at];
  const why = need && may(need);
  return (
    <Page>
      <PageHeader title={t('title')} />
      <div className={css.columns}>
        <nav className={css.list} aria-label={t('sections')}>
          {shown.map((name) => (
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
          {live.value && why !== undefined && (
            <EmptyState icon={KeyIcon} title={t('notYours')}>
              {why}
            </EmptyState>
          )}
          {live.value && why === undefined && <View settings={live.value} />}
        </div>
      </div>
    </Page>
  );
}
