import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Api } from '../../main/contract/contract.ts';
import type { ApiClient, ConnectionState } from './client.ts';

export const ClientContext = createContext<ApiClient | undefined>(undefined);

export function useClient(): ApiClient {
  const client = useContext(ClientContext);
  if (!client) throw new Error('ClientContext is missing around this component.');
  return client;
}
/** The backend, for event handlers and effects; to show data use `useList`, `useLive` or `useCall`. */
export const useApi = (): Api => useClient().api;

/** How the page is connected to the backend. */
export function useConnection(): ConnectionState {
  const client = useClient();
  return useSyncExternalStore(client.subscribe, client.connection);
}
