import { stringify } from 'yaml';
import { readLab } from '../../../../main/backend/labs/file/read.ts';
import type { ReadOptions } from '../../../../main/backend/labs/file/tell.ts';

type Part = Record<string, unknown>;
/** A lab file that is right, with other parts put in. */
export const labText = (parts: Part = {}): string =>
  stringify({
    apiVersion: 'labs.hearth.dev/v1',
    kind: 'Lab',
    metadata: { name: 'small', title: 'Small', summary: 'A small lab.', minutes: 5, level: 'beginner' },
    images: [{ name: 'starter', use: 'starter' }],
    networks: [{ name: 'blue', subnet: '10.9.0.0/24' }],
    machines: [{ name: 'web', image: 'starter', forwards: [80] }],
    steps: [step()],
    ...parts,
  });
export const step = (parts: Part = {}): Part => ({ id: 'one', title: 'One', text: 'Hello', ...parts });
export const object = (kind: string, parts: Part = {}, apiVersion = 'v1'): Part => ({ apiVersion, kind, metadata: { name: 'it' }, ...parts }); // prettier-ignore
export const pod = (spec: Part): Part => object('Pod', { spec: { containers: [{ name: 'a', image: 'a' }], ...spec } });

/** The errors of a text, each as PATH: MESSAGE. */
export async function errorsOf(text: string, options?: ReadOptions): Promise<string[]> {
  const { findings } = await readLab(text, options);
  return findings.filter(({ severity }) => severity === 'error').map(({ path, message }) => `${path ?? ''}: ${message}`); // prettier-ignore
}
export const errors = (parts: Part, options?: ReadOptions): Promise<string[]> => errorsOf(labText(parts), options);
