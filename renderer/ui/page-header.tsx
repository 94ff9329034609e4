import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { focusAfterNavigation } from '../lib/page-focus.ts';
import { HelpLink } from './help-link.tsx';
import { ChevronLeftIcon } from './icons.tsx';
import css from './page.module.css';

interface Props {
  title: string;
  subtitle?: ReactNode;
  actions?: ReactNode;
  badge?: ReactNode;
  back?: { to: string; label: string } | undefined;
  /** BCP 47, where the title is not of the language of the page. */
  lang?: string | undefined;
}

/** The page's heading. It names the document, and takes the focus after a navigation (see lib/page-focus.ts). */
export function PageHeader({ title, subtitle, actions, badge, back, lang }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => focusAfterNavigation(heading.current), []);
  useEffect(() => {
    document.title = `${title} · Hearth`;
  }, [title]);
  return (
    <header className={css.header}>
      <div className={css.titles}>
        {back && (
          <a className={css.back} href={`#${back.to}`}>
            <ChevronLeftIcon />
            {back.label}
          </a>
        )}
        <div className={css.line}>
          <h1
            ref={heading}
            className={css.title}
            lang={lang}
            title={title.length > 60 ? title : undefined}
            tabIndex={-1}
          >
            {title}
          </h1>
          {badge}
          <HelpLink />
        </div>
        {subtitle && <p className={css.subtitle}>{subtitle}</p>}
      </div>
      {actions && <div className={css.actions}>{actions}</div>}
    </header>
  );
}
