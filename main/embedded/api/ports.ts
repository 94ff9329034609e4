import type { Admission } from '../admission/admission.ts';
import type { JsonSchema } from '../admission/schema.ts';
import type { Log } from '../kube/context.ts';
import type { ResourceType } from '../kube/resources.ts';
import type { ExportSource, MetricsSource, Subresource, UploadSink } from '../kube/subresource.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** What the API serves, without knowing what any of it does. */
export interface ApiParts {
  readonly store: ObjectStore;
  readonly admission: Admission;
  readonly schemaOf: (type: ResourceType) => JsonSchema;
  readonly subresources: readonly Subresource[];
  readonly uploads?: UploadSink | undefined;
  readonly exports?: ExportSource | undefined;
  readonly metrics?: MetricsSource | undefined;
  readonly log: Log;
  /** Aborted when the server ends: watches and streams end with it. */
  readonly signal: AbortSignal;
}
