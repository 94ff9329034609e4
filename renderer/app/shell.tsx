import { Suspense, useEffect, useRef } from 'react';
import type React from 'react';
import { useLocation } from 'wouter';
import { Page } from '../ui/page.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { ClassBar } from './class-bar.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { keepFocus } from './focus-keeper.ts';
import { Nav } from './nav.tsx';
import { Routes } from './routes.tsx';
import css from './shell.module.css';
import { t } from './text.ts';

/** The frame around every page: navigation at the left, a line when the connection is lost, the page. */
export function Shell() {
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  // Parts of a guide are one page.
  const page = path
    .split('/')
    .slice(0, path.startsWith('/help/') ? 3 : 4)
    .join('/');
  useEffect(() => {
    if (main.current) main.current.scrollTop = 0;
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- another page begins at its top
  }, [page]);
  useEffect(keepFocus, []);
  const skip = (event: React.MouseEvent): void => {
    event.preventDefault();
    main.current?.focus();
  };
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#main" onClick={skip}>
        {t('skip')}
      </a>
      <Nav />
      <div className={css.side}>
        <ConnectionBanner />
        <ClassBar />
        <main ref={main} id="main" className={css.main} tabIndex={-1}>
          <ErrorBoundary key={page}>
            <Suspense
              fallback={
                <Page>
                  <Skeleton width="short" />
                  <Skeleton height="block" count={2} />
                </Page>
              }
            >
              <Routes />
            </Suspense>
          </ErrorBoundary>
        </main>
      </div>
    </div>
  );
}
