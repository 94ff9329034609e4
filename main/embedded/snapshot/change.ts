import type { EngineContext } from '../kube/context.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import type { ResourceType } from '../kube/resources.ts';

/** Edits one object, where it still is the same. Answers what is there then. */
export function changer(context: EngineContext, type: ResourceType) {
  return (object: Stored, edit: (draft: KubeObject) => void, subresource?: 'status'): Stored | undefined => {
    const { namespace, name, uid } = object.metadata;
    const guarded = (draft: KubeObject): void => {
      if (draft.metadata.uid === uid) edit(draft);
    };
    return context.store.mutate(type, namespace, name, guarded, subresource ? { subresource } : {});
  };
}

export function addFinalizer(draft: KubeObject, name: string): void {
  draft.metadata.finalizers = [...new Set([...(draft.metadata.finalizers ?? []), name])];
}
export function dropFinalizer(draft: KubeObject, name: string): void {
  draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((each) => each !== name);
}
