import { lazy, Suspense, useEffect } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { helpOf } from '../lib/guides.ts';
import { showLanguage } from '../lib/language.ts';
import { access, ownBox, settings, useLive } from '../lib/resources.ts';
import { useMay } from '../lib/use-may.ts';
import { useTargetChange } from '../lib/use-target-change.ts';
import { HelpContext } from '../ui/help-link.tsx';
import { ClassBar } from './class-bar.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { Overlays } from './overlays.tsx';
import { ConsolePage } from './routes.tsx';
import { Shell } from './shell.tsx';
import css from './shell.module.css';
import { showTheme } from './theme.ts';

const Notifier = lazy(() => import('../features/notifications/notifier.tsx').then((m) => ({ default: m.Notifier })));
const SetupBoxPage = lazy(() =>
  import('../features/boxes/own/setup-box-page.tsx').then((m) => ({ default: m.SetupBoxPage })),
);
const SetupPage = lazy(() => import('../features/setup/setup-page.tsx').then((m) => ({ default: m.SetupPage })));

/** The full-window routes (setup, a console), and the shell with everything else. */
export function App() {
  const { value } = useLive(settings);
  const own = useLive(ownBox).value;
  // Whoever may not set it up is not led there.
  const who = useLive(access).value;
  const may = useMay();
  const [path] = useLocation();
  const theme = value?.theme;
  const language = value?.language;
  useTargetChange();
  useEffect(() => {
    if (theme) showTheme(theme);
  }, [theme]);
  useEffect(() => {
    if (language) showLanguage(language);
  }, [language]);
  if (own?.box && !own.state.setup.finished && path === '/') return <Redirect to="/setup-box" replace />;
  if (value && own?.box === false && !value.setupDone && who && may('settings.update') === undefined && path === '/')
    return <Redirect to="/setup" replace />;
  if (/^\/setup(\/|$)/.test(path) && may('appliances.install') !== undefined) return <Redirect to="/" replace />;
  return (
    <HelpContext value={helpOf(path)}>
      <Switch>
        <Route path="/setup/:at?/:way?">
          {({ at, way }) => (
            <Suspense>
              <SetupPage at={at} way={way} />
            </Suspense>
          )}
        </Route>
        <Route path="/setup-box/:step?">
          {({ step }) => (
            <ErrorBoundary>
              <ConnectionBanner />
              <Suspense>
                <SetupBoxPage step={step} />
              </Suspense>
            </ErrorBoundary>
          )}
        </Route>
        <Route path="/console/:namespace/:name">
          {({ namespace, name }) => (
            <ErrorBoundary key={path}>
              <div className={css.alone}>
                <ClassBar />
                <Suspense>
                  <ConsolePage namespace={decodeURIComponent(namespace)} name={decodeURIComponent(name)} />
                </Suspense>
              </div>
            </ErrorBoundary>
          )}
        </Route>
        <Route>
          <Shell />
        </Route>
      </Switch>
      <Overlays />
      <Suspense>
        <Notifier />
      </Suspense>
    </HelpContext>
  );
}
