import { useState } from 'react';
import { targets, useList } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { freeTarget, newCluster, offeredName, programsKey, sourceOf, sourceProblem, verdict } from './cluster.ts';
import type { ClusterDraft } from './cluster.ts';

/** A cluster on its way in: the kubeconfig, what a look at it found, and its name. The frame gives the buttons. */
export function useCluster(onAdded: (id: string) => void) {
  const { items } = useList(targets);
  const [draft, setDraft] = useState<ClusterDraft>(newCluster);
  const test = useAction((api, input: { draft: ClusterDraft; allowExec: boolean }) =>
    api.targets.test(sourceOf(input.draft, input.allowExec)),
  );
  const add = useAction(
    (api, input: { name: string; allowExec: boolean }) =>
      api.targets.addCluster({ ...sourceOf(draft, input.allowExec), name: input.name, use: true }),
    { onDone: ({ id }) => onAdded(id) },
  );
  const found = test.value;
  const name = draft.name ?? (found ? freeTarget(offeredName(found), new Set(items.map((each) => each.name))) : '');
  const state = verdict(found);
  const look = (of: ClusterDraft, allowExec: boolean): void => {
    if (sourceProblem(of) === undefined) void test.run({ draft: of, allowExec });
  };
  return {
    draft,
    name,
    found,
    state,
    test,
    add,
    /** Another source: what was found is about the old one. */
    change: (part: Partial<ClusterDraft>): void => {
      const anew = 'text' in part || 'path' in part || 'from' in part;
      const forgotten = anew ? { context: undefined, allowed: undefined, name: undefined } : {};
      setDraft((before) => ({ ...before, ...forgotten, ...part }));
      if (!anew) return;
      test.reset();
      add.reset();
    },
    choose: (context: string): void => {
      const next = { ...draft, context, name: undefined };
      setDraft(next);
      look(next, false);
    },
    allow: (): void => {
      if (!found) return;
      const next = { ...draft, allowed: programsKey(found) };
      setDraft(next);
      look(next, true);
    },
    look: (): void => look(draft, false),
    save: (): void => {
      if (found && state === 'answered' && name.trim() !== '')
        void add.run({ name: name.trim(), allowExec: draft.allowed === programsKey(found) && found.programs.length > 0 });
    },
  };
} // prettier-ignore
export type ClusterState = ReturnType<typeof useCluster>;
