import { CSPProvider } from '@base-ui/react/csp-provider';
import { Tooltip } from '@base-ui/react/tooltip';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { ApiClient } from '../lib/client.ts';
import type { Dial } from '../lib/client.ts';
import { ClientContext } from '../lib/connection.ts';
import { watchNavigation } from '../lib/page-focus.ts';
import { queryClient } from '../lib/use-call.ts';
import '../styles/base.css';
import { Toaster } from '../ui/toast.tsx';
import { App } from './app.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { rememberedTheme, showTheme } from './theme.ts';

/** Puts the pages on the screen, over whatever way to a backend it is given. */
export function start(dial: Dial): void {
  showTheme(rememberedTheme());
  watchNavigation();
  const root = document.getElementById('root');
  if (!root) throw new Error('The page has no #root.');
  createRoot(root).render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <ClientContext value={new ApiClient(dial)}>
          <QueryClientProvider client={queryClient}>
            <Tooltip.Provider delay={350}>
              <Router hook={useHashLocation}>
                <ErrorBoundary>
                  <App />
                </ErrorBoundary>
              </Router>
              <Toaster />
            </Tooltip.Provider>
          </QueryClientProvider>
        </ClientContext>
      </CSPProvider>
    </StrictMode>,
  );
}
