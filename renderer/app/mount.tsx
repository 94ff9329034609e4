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
import { queryClient } from '../lib/use-call.ts';
import { Toaster } from '../ui/toast.tsx';
import { App } from './app.tsx';
import { KeptNotices } from './kept-notices.tsx';
import { ErrorBoundary } from './error-boundary.tsx';

/** Puts the pages into an element. */
export function mount(root: HTMLElement, dial: Dial): void {
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
              <KeptNotices />
            </Tooltip.Provider>
          </QueryClientProvider>
        </ClientContext>
      </CSPProvider>
    </StrictMode>,
  );
}
