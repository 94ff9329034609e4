import { z } from 'zod';
import type { KubeObject } from '../../../contract/kube.ts';
import { ejectedSchema } from '../../../contract/hardware.ts';
import type { EjectedDisc } from '../../../contract/hardware.ts';

/** At a machine whose installer's disc goes by itself: which drive, with which disc, and the disk that is installed to. */
export const installerAnnotation = 'hearth.dev/installer-disc';
/** What was taken out, and why: by it the disc is put in again. */
export const ejectedAnnotation = 'hearth.dev/installer-ejected';

const markSchema = z.object({
  drive: z.string().min(1).max(253),
  claim: z.string().min(1).max(253),
  disk: z.string().min(1).max(253),
  /** Uid of the run in which the disk was first seen to be written. */
  wroteIn: z.string().max(64).optional(),
});
export type InstallerMark = z.infer<typeof markSchema>;

/** Anybody who can write to the target can write the annotations: what is not ours counts as nothing. */
function read<T>(vm: KubeObject, key: string, schema: z.ZodType<T>): T | undefined {
  const text = vm.metadata.annotations?.[key];
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
export const markOf = (vm: KubeObject): InstallerMark | undefined => read(vm, installerAnnotation, markSchema);
export const ejectedOf = (vm: KubeObject): EjectedDisc | undefined => read(vm, ejectedAnnotation, ejectedSchema);

/** Writes one into a draft, or takes it away. */
export function note(vm: KubeObject, key: typeof installerAnnotation | typeof ejectedAnnotation, value: InstallerMark | EjectedDisc | undefined): void {
  const { [key]: _before, ...others } = vm.metadata.annotations ?? {};
  vm.metadata.annotations = value === undefined ? others : { ...others, [key]: JSON.stringify(value) };
} // prettier-ignore
