import type { KubeconfigTest } from '../../../main/contract/targets.ts';

/** A kubeconfig on its way in. It holds secrets: it lives in the page's memory only. */
export interface ClusterDraft {
  from: 'text' | 'path';
  text: string;
  path: string;
  /** Chosen among those that the test found. */
  context: string | undefined;
  /** Programs that it names may be run: said for exactly those that were shown. */
  allowed: string | undefined;
  /** undefined until typed: then one is offered. */
  name: string | undefined;
}
export const newCluster: ClusterDraft = {
  from: 'text',
  text: '',
  path: '',
  context: undefined,
  allowed: undefined,
  name: undefined,
};
export const limit = 1024 * 1024;

/** What is wrong before anything is asked. */
export function sourceProblem(draft: ClusterDraft): 'empty' | 'large' | 'noPath' | undefined {
  if (draft.from === 'path') return draft.path.trim() === '' ? 'noPath' : undefined;
  if (draft.text.trim() === '') return 'empty';
  return draft.text.length > limit ? 'large' : undefined;
}

export const sourceOf = (draft: ClusterDraft, allowExec: boolean) => ({
  ...(draft.from === 'text' ? { text: draft.text } : { path: draft.path.trim() }),
  ...(draft.context === undefined ? {} : { context: draft.context }),
  allowExec,
});

/** How the programs are named when they are allowed: another list needs another word. */
export const programsKey = (test: KubeconfigTest): string => test.programs.join('\n');

/** Where a test stands: programs wait for a word; it answered; or it did not. */
export function verdict(test: KubeconfigTest | undefined): 'none' | 'programs' | 'answered' | 'failed' {
  if (!test) return 'none';
  if (test.answer) return 'answered';
  return test.problem ? 'failed' : test.programs.length > 0 ? 'programs' : 'none';
}

/** "admin@home" -> "home"; a context that says nothing gives way to the server's name. */
export function offeredName(test: KubeconfigTest): string {
  const plain = test.context.replace(/^.*@/, '').replace(/^kind-/, '');
  if (plain && plain !== 'default') return plain.slice(0, 60);
  try {
    return new URL(test.server).hostname;
  } catch {
    return 'Cluster';
  }
}

/** A name that no target has. */
export function freeTarget(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let n = 2; ; n++) if (!taken.has(`${name} ${n}`)) return `${name} ${n}`;
}
export const isClusterName = (name: string): boolean =>
  name.length <= 50 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);
