import { z } from 'zod';
import { problemSchema } from './problem.ts';

/** quick-lab: the embedded engine; appliance: k3s installed by Hearth; kind: a throwaway cluster; cluster: any kubeconfig. */
export const targetKindSchema = z.enum(['quick-lab', 'appliance', 'kind', 'cluster']);
export type TargetKind = z.infer<typeof targetKindSchema>;

/** One target that Hearth knows. */
export const targetEntrySchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: targetKindSchema,
  /** Where it is, in words: "this computer", "box.lan", the API server's address. */
  place: z.string(),
  current: z.boolean(),
  /** closed: not looked at now. */
  state: z.enum(['closed', 'connecting', 'ready', 'lost']),
  version: z.string().optional(),
  problem: problemSchema.optional(),
  /** The Quick lab cannot be forgotten. */
  forgettable: z.boolean(),
});
export type TargetEntry = z.infer<typeof targetEntrySchema>;

export const targetNameSchema = z.string().trim().min(1).max(60);
/** A kubeconfig as text (pasted, dropped) or by its path on the backend's computer. */
export const kubeconfigSourceSchema = z.object({
  text: z
    .string()
    .max(1024 * 1024)
    .optional(),
  path: z.string().max(4096).optional(),
  /** Its current context unless told. */
  context: z.string().max(253).optional(),
  /** Programs that the kubeconfig names are run only after the person said so. */
  allowExec: z.boolean().default(false),
});
/** What a look at a kubeconfig found; nothing is kept. */
export interface KubeconfigTest {
  contexts: string[];
  context: string;
  server: string;
  user: string;
  /** Programs it would run (exec plugins, auth providers), as they would be called; asks for `allowExec` when not empty. */
  programs: string[];
  /** TLS is not checked by it. */
  insecure: boolean;
  /** Absent while programs wait for the person's word. */
  /** `nodes` is missing where this user may not see them. */
  answer?: { version: string; kubevirt: string | undefined; cdi: string | undefined; nodes?: number; ms: number };
  problem?: z.infer<typeof problemSchema>;
}
export const addClusterSchema = kubeconfigSourceSchema.extend({
  name: targetNameSchema,
  use: z.boolean().default(true),
});

/** What there is for `kind` on this computer. */
export interface KindState {
  /** Absent: kind is not there yet; it is downloaded with the first cluster. */
  version?: string;
  engine?: { name: 'docker' | 'podman' | 'nerdctl'; version: string };
  clusters: string[];
  problem?: z.infer<typeof problemSchema>;
}
export const createKindSchema = z.object({
  name: z
    .string()
    .min(1)
    .max(50)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'Lowercase letters, digits and dashes.'),
  mirror: z.url().optional(),
  bundle: z.string().max(4096).optional(),
});
