import { z } from 'zod';
import { nameSchema, objectRefSchema } from './machine-ref.ts';
import type { YamlFinding } from './machine.ts';
import type { ObjectRef } from './machine-ref.ts';
import { call } from './procedure.ts';
import type { Undoable } from './undo.ts';

const none = z.object({}).strict();
const text = z.string().max(512 * 1024);
const values = z.record(z.string().max(64), z.string().max(64 * 1024));

/** What a person fills in when a machine is made of a template: `${NAME}` in its manifest. */
export const parameterSchema = z.object({
  name: z.string().regex(/^[A-Z][A-Z0-9_]{0,62}$/, 'Capital letters, digits and underscores; starts with a letter.'),
  label: z.string().max(200).default(''),
  description: z.string().max(1000).default(''),
  required: z.boolean().default(true),
  /** Asked with a covered field; a default is never kept. */
  secret: z.boolean().default(false),
  value: z.string().max(4096).optional(),
});
export type TemplateParameter = z.output<typeof parameterSchema>;

/** Name and version of a template. */
export const templateRefSchema = z.object({ namespace: nameSchema, name: nameSchema });
const versioned = templateRefSchema.extend({ version: z.number().int().min(1) });

export interface TemplateRow {
  namespace: string;
  name: string;
  title: string;
  description: string;
  /** The newest one. */
  version: number;
  versions: number;
  /** ISO 8601 of the newest version. */
  changedAt: string;
  parameters: number;
  /** Kinds of its objects, e.g. `VirtualMachine`, `Secret`. */
  kinds: string[];
}
export interface TemplateVersion {
  version: number;
  createdAt: string;
  /** What was said about the change. */
  note: string;
  title: string;
  description: string;
  manifest: string;
  parameters: TemplateParameter[];
}
export interface TemplateDetail {
  namespace: string;
  name: string;
  /** Newest first. */
  versions: TemplateVersion[];
  /** Machines that were made of it and are still there. */
  machines: { namespace: string; name: string; version: number }[];
}
/** A template that is not saved yet. */
export interface TemplateDraft {
  name: string;
  title: string;
  manifest: string;
  parameters: TemplateParameter[];
  /** What was taken out or left behind, in words. */
  notes: string[];
}

export const saveTemplateSchema = templateRefSchema.extend({
  title: z.string().min(1).max(200),
  description: z.string().max(2000).default(''),
  note: z.string().max(500).default(''),
  manifest: text,
  parameters: z.array(parameterSchema).max(100),
  /** The version that was edited: a newer one by somebody else is not run over. 0: the template is new. */
  base: z.number().int().min(0),
});

/** What came of one object of a manifest. */
export interface ManifestObject {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
  /** Line in the text, from 1. */
  line: number;
  /** `later`: it can only be tried once something else of the same text is there. */
  result: 'new' | 'changed' | 'same' | 'refused' | 'later';
  detail?: string;
}
export interface ManifestReport {
  objects: ManifestObject[];
  findings: YamlFinding[];
  /** Whether applying it makes sense: something is there and nothing is wrong with the text. */
  ready: boolean;
}

export interface TypeRow {
  kind: 'VirtualMachineInstancetype' | 'VirtualMachineClusterInstancetype' | 'VirtualMachinePreference' | 'VirtualMachineClusterPreference';
  namespace?: string;
  name: string;
  displayName: string;
  description: string;
  /** Instance types: vCPUs and bytes. Preferences: the least they ask for. */
  cpus?: number;
  memory?: number;
  /** In a few words each: firmware, buses, TPM... */
  facts: string[];
  /** Whether it came with KubeVirt (then it would come back). */
  bundled: boolean;
  /** Machines that name it. */
  machines: ObjectRef[];
  yaml: string;
} // prettier-ignore

export const typeRefSchema = z.object({
  kind: z.enum(['VirtualMachineInstancetype', 'VirtualMachineClusterInstancetype', 'VirtualMachinePreference', 'VirtualMachineClusterPreference']),
  namespace: z.string().max(63).optional(),
  name: z.string().min(1).max(253),
}); // prettier-ignore

const manifestInput = z.object({ yaml: z.string().max(1024 * 1024), namespace: nameSchema.default('default') });

export const templateProcedures = {
  list: call<TemplateRow[]>()(none),
  get: call<TemplateDetail>()(templateRefSchema),
  /** A template out of a machine, without its identity. `copyDisks`: its disks as they are, else what they were made of. */
  fromMachine: call<TemplateDraft>()(objectRefSchema.extend({ copyDisks: z.boolean().default(false) })),
  /** Text, parameters used and not declared, and the target's word on it with the parameters' defaults. */
  check: call<YamlFinding[]>()(z.object({ manifest: text, parameters: z.array(parameterSchema).max(100) })),
  save: call<{ version: number }>()(saveTemplateSchema),
  /** Without a version the whole template goes. */
  remove: call<Undoable>()(templateRefSchema.extend({ version: z.number().int().min(1).optional() })),
  /** What would be made, with secrets covered; and the target's word on it. */
  preview: call<{ yaml: string; report: ManifestReport }>()(
    versioned.extend({ values, targetNamespace: nameSchema.default('default') }),
  ),
  create: call<{ taskId: string }>()(versioned.extend({ values, targetNamespace: nameSchema.default('default') })),
  /** Instance types and preferences, of the cluster and of the namespaces. */
  types: call<TypeRow[]>()(none),
  saveType: call<ObjectRef>()(z.object({ yaml: text })),
  removeType: call<Undoable>()(typeRefSchema),
} as const;

/** Any objects of any kinds the target serves, from one text. */
export const manifestProcedures = {
  check: call<ManifestReport>()(manifestInput),
  /** Server-side apply of all of them as a task with a step for each. */
  apply: call<{ taskId: string }>()(manifestInput),
} as const;
