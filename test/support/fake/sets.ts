import type { Api } from '../../../main/contract/contract.ts';
import { setSourceSchema } from '../../../main/contract/sets.ts';
import type { SetResult, SetState } from '../../../main/contract/sets.ts';
import { createLiveValue } from '../../../main/backend/target/live-value.ts';

type Answer = <T>(what: string, value: T) => Promise<T>;

/** Sets of the preview: a target that follows a branch, and was last applied with one object refused. */
export function fakeSets(answer: Answer): Api['sets'] {
  const last: SetResult = {
    name: 'lab', at: new Date(Date.now() - 240_000).toISOString(), commit: '3f2a9c1b7d10c0ffee00aa11bb22cc33dd44ee55', created: 1, changed: 2, unchanged: 11, removed: 0, findings: [], ok: false,
    told: [{ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', namespace: 'default', name: 'mail', file: 'virtualmachines/default/mail.yaml', line: 1, word: 'refused', detail: 'spec.template.spec.domain.memory: memory must be at least 1Mi' }],
  }; // prettier-ignore
  const live = createLiveValue<SetState>({
    follow: { name: 'lab', source: { type: 'git', url: 'https://git.example.org/lab.git', branch: 'main', within: '', every: 300 }, prune: false, pruneDisks: false },
    busy: false,
    last,
  }); // prettier-ignore
  return {
    export: ({ dir }) => answer('The folder', { dir, written: [], unchanged: 14, removed: [], foreign: [], left: [] }),
    plan: () => answer('The plan', { name: 'lab', objects: [], findings: [] }),
    apply: () => answer('Applying', { taskId: 'preview' }),
    follow: ({ source, name = 'lab', prune = false, pruneDisks = false }) =>
      answer('Following', live.set({ busy: false, follow: { name, source: setSourceSchema.parse(source), prune, pruneDisks } })), // prettier-ignore
    forget: () => answer('Following', live.set({ busy: false, last })),
    applyNow: () => answer('Applying', last),
    watch: (_input, o) => live.watch(o?.signal ?? new AbortController().signal),
  };
}
