import { Link } from 'wouter';
import type { PermissionId } from '../../../main/contract/permission-rows.ts';
import type { OfferId } from '../../../main/contract/offers.ts';
import { cx } from '../../lib/cx.ts';
import { useMay } from '../../lib/use-may.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Card } from '../../ui/card.tsx';
import { ChevronRightIcon, DiscIcon, PlusIcon, TerminalIcon } from '../../ui/icons.tsx';
import type { Icon } from '../../ui/icons.tsx';
import css from './home.module.css';
import { t } from './text.ts';

const actions: { to: string; icon: Icon; title: string; text: string; needs?: OfferId; role?: PermissionId }[] = [
  {
    to: '/machines/new',
    icon: PlusIcon,
    title: t('quick.create'),
    text: t('quick.createText'),
    needs: 'machines.create',
  },
  { to: '/images', icon: DiscIcon, title: t('quick.image'), text: t('quick.imageText'), needs: 'images.addFromUrl' },
  {
    to: '/settings/access',
    icon: TerminalIcon,
    title: t('quick.cli'),
    text: t('quick.cliText'),
    role: 'target.kubeconfig',
  },
];

/** What is done first; what the target cannot says why, and leads nowhere. */
export function QuickActions() {
  const offer = useOffer();
  const may = useMay();
  return (
    <Card title={t('quick.title')} flush>
      <ul>
        {actions.map(({ to, needs, role, ...words }) => {
          const why = (needs && offer(needs)) ?? (role && may(role));
          return (
            <li key={to}>
              {why === undefined ? (
                <Link className={css.action} href={to}>
                  <Words {...words} />
                  <ChevronRightIcon />
                </Link>
              ) : (
                // oxlint-disable-next-line no-noninteractive-tabindex -- so that the reason can be read by keyboard
                <span className={cx(css.action, css.cannot)} role="link" aria-disabled="true" tabIndex={0}>
                  <Words {...words} text={why} />
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

function Words({ icon: Icon, title, text }: { icon: Icon; title: string; text: string }) {
  return (
    <>
      <Icon />
      <span className={css.who}>
        <span className={css.actionTitle}>{title}</span>
        <span className={css.sub}>{text}</span>
      </span>
    </>
  );
}
