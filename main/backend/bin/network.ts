import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import { renamedNetwork } from '../networks/definition.ts';
import { KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { orNone } from './disks.ts';
import { bare, binSecret, restoredAnnotation, secretName } from './kept.ts';
import { timesFrom } from './keep.ts';

type Target = Pick<OpenTarget, 'client'>;
const key = 'network.json';
const kind = kinds.networkAttachmentDefinitions;

/**
 * Puts a network into the bin; resolves with its id there. It is kept first, and deleted then: one that was broken off
 * between the two is gone through again (sweep.ts). Throws KubeError, `bin-too-large`, `bin-refused`.
 */
export async function binNetwork({ client }: Target, ref: ObjectRef, times = timesFrom(new Date())): Promise<string> {
  const network = await client.get(kind, ref.namespace, ref.name);
  const id = network.metadata.uid ?? '';
  const secret = binSecret(id, ref.namespace, { [key]: { version: 1, network: bare(network) } }, times);
  const at = { namespace: ref.namespace, name: secretName(id) };
  const before = await client.get(kinds.secrets, at.namespace, at.name).catch(orNone);
  if (!before)
    await client.create(kinds.secrets, secret).catch((error: unknown) => {
      throw error instanceof KubeError && error.code === 403 ? noBin(ref, error) : error;
    });
  try {
    await client.delete(kind, ref, { uid: id }).catch(orNone);
  } catch (error) {
    // Nobody answers: it is finished when the target is there again. Refused it is no entry of the bin.
    if (!(error instanceof KubeError) || error.code !== 0) await client.delete(kinds.secrets, at).catch(orNone);
    throw error;
  }
  return id;
}

const noBin = ({ namespace, name }: ObjectRef, { problem }: KubeError): ProblemError =>
  new ProblemError({
    code: 'bin-refused',
    title: 'This network cannot go into the bin',
    detail: `What is deleted is kept in a Secret of ${namespace}, and the target does not let you make one: ${problem.detail}`,
    fix: `Ask for that right, or delete it for good: kubectl delete network-attachment-definitions -n ${namespace} ${name}`,
    kind: 'denied',
  });

/** The network that a Secret of the bin holds; undefined where it holds something else. Pure. */
export function networkIn(secret: KubeObject): KubeObject | undefined {
  const text = pickText(secret, 'data', key);
  if (text === undefined) return undefined;
  try {
    const { version, network } = JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as { version: unknown; network?: KubeObject }; // prettier-ignore
    return version === 1 && network?.metadata.name !== undefined ? network : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Brings a network back, under its own name unless told otherwise. Done twice it does the same. Throws `already-exists`, KubeError. */
export async function restoreNetwork(
  { client }: Target,
  id: string,
  network: KubeObject,
  newName?: string,
): Promise<ObjectRef> {
  const { namespace = '', name: old = '' } = network.metadata;
  const name = newName ?? old;
  const alive = await client.get(kind, namespace, old).catch(orNone);
  // It was never deleted after all.
  const there = alive?.metadata.uid === id ? alive : await client.get(kind, namespace, name).catch(orNone);
  if (there && there.metadata.uid !== id && there.metadata.annotations?.[restoredAnnotation] !== id)
    throw new ProblemError({
      code: 'already-exists',
      title: 'There is a network of that name already',
      detail: `${namespace} has a network named ${name} by now.`,
      fix: 'Restore it under another name.',
      fields: { newName: 'taken' },
    });
  if (!there) {
    const object = renamedNetwork(network, name);
    const annotations = { ...object.metadata.annotations, [restoredAnnotation]: id };
    await client.create(kind, { ...object, metadata: { ...object.metadata, annotations } });
  }
  await client.delete(kinds.secrets, { namespace, name: secretName(id) }).catch(orNone);
  return { namespace, name: there?.metadata.name ?? name };
}
