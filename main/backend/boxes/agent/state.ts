import type { AgentState } from '../../../contract/box/agent.ts';

/** The one place of what the agent knows. Changes within a short while come to the listeners as one. */
export interface StateStore {
  readonly now: AgentState;
  /** A field set to `undefined` goes. */
  set(change: { [Name in keyof AgentState]?: AgentState[Name] | undefined }): void;
  /** Called with the state at once, then after changes. */
  watch(listener: (state: AgentState) => void): () => void;
  close(): void;
}

/** `quietMs`: within which changes are gathered. */
export function createState(first: AgentState, quietMs = 50): StateStore {
  let state = first;
  let told = '';
  let timer: NodeJS.Timeout | undefined;
  const listeners = new Set<(state: AgentState) => void>();
  const tell = (): void => {
    timer = undefined;
    const text = JSON.stringify(state);
    if (text === told) return;
    told = text;
    for (const listener of listeners) listener(state);
  };
  return {
    get now() {
      return state;
    },
    set(change) {
      const next: Record<string, unknown> = { ...state };
      for (const [name, value] of Object.entries(change)) {
        if (value === undefined) delete next[name];
        else next[name] = value;
      }
      state = next as unknown as AgentState;
      timer ??= setTimeout(tell, quietMs);
    },
    watch(listener) {
      listeners.add(listener);
      listener(state);
      return () => {
        listeners.delete(listener);
      };
    },
    close() {
      clearTimeout(timer);
      listeners.clear();
    },
  };
}
