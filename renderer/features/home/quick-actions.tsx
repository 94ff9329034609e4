import { Link } from 'wouter';
import { Card } from '../../ui/card.tsx';
import { ChevronRightIcon, DiscIcon, PlusIcon, TerminalIcon } from '../../ui/icons.tsx';
import css from './home.module.css';
import { t } from './text.ts';

const actions = [
  { to: '/machines/new', icon: PlusIcon, title: t('quick.create'), text: t('quick.createText') },
  { to: '/images', icon: DiscIcon, title: t('quick.image'), text: t('quick.imageText') },
  { to: '/settings/access', icon: TerminalIcon, title: t('quick.cli'), text: t('quick.cliText') },
];

export function QuickActions() {
  return (
    <Card title={t('quick.title')} flush>
      <ul>
        {actions.map(({ to, icon: Icon, title, text }) => (
          <li key={to}>
            <Link className={css.action} href={to}>
              <Icon />
              <span className={css.who}>
                <span className={css.actionTitle}>{title}</span>
                <span className={css.sub}>{text}</span>
              </span>
              <ChevronRightIcon />
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
