import { useMay } from '../../lib/use-may.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { BeakerIcon, ChevronRightIcon, ClusterIcon, ServerIcon } from '../../ui/icons.tsx';
import css from './appliance.module.css';
import { t } from './text.ts';

const ways = [
  { to: '/setup/place/ssh', icon: ServerIcon, title: t('way.ssh'), text: t('way.sshText') },
  { to: '/setup/place/kind', icon: BeakerIcon, title: t('way.kind'), text: t('way.kindText') },
  { to: '/setup/place/cluster', icon: ClusterIcon, title: t('way.cluster'), text: t('way.clusterText') },
];

/** What an appliance is, and the ways to get one or something like it. */
export function NoAppliance() {
  const why = useMay()('appliances.install');
  return (
    <>
      <Card>
        <EmptyState
          icon={ServerIcon}
          title={t('empty.title')}
          actions={
            <Button tone="primary" why={why} to="/setup/place/local">
              {t('empty.install')}
            </Button>
          }
        >
          {t('empty.text')}
        </EmptyState>
      </Card>
      {why === undefined && (
        <Card title={t('empty.ways')} flush>
          <ul>
            {ways.map(({ to, icon: Icon, title, text }) => (
              <li key={to}>
                <a className={css.way} href={`#${to}`}>
                  <Icon size={20} />
                  <span className={css.words}>
                    <span className={css.title}>{title}</span>
                    <span className={css.detail}>{text}</span>
                  </span>
                  <ChevronRightIcon />
                </a>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}
