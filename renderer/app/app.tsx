import { lazy, Suspense, useEffect } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { ownBox, settings, useLive } from '../lib/resources.ts';
import { useTargetChange } from '../lib/use-target-change.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { Overlays } from './overlays.tsx';
import { ConsolePage } from './routes.tsx';
import { Shell } from './shell.tsx';
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
  const [path] = useLocation();
  const theme = value?.theme;
  useTargetChange();
  useEffect(() => {
    if (theme) showTheme(theme);
  }, [theme]);
  if (own?.box && !own.state.setup.finished && path === '/') return <Redirect to="/setup-box" replace />;
  if (value && own?.box === false && !value.setupDone && path === '/') return <Redirect to="/setup" replace />;
  return (
    <>
      <Switch>
        <Route path="/setup/:at?/:way?">
          {({ at, way }) => (
            <Suspense>
              <SetupPage at={at} way={way} />
            </Suspense>
          )}
        </Route>
        <Route path="/setup-box">
          <ErrorBoundary key={path}>
            <Suspense>
              <SetupBoxPage />
            </Suspense>
          </ErrorBoundary>
        </Route>
        <Route path="/console/:namespace/:name">
          {({ namespace, name }) => (
            <ErrorBoundary key={path}>
              <Suspense>
                <ConsolePage namespace={decodeURIComponent(namespace)} name={decodeURIComponent(name)} />
              </Suspense>
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
    </>
  );
}
