import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import type { KubeObject } from '../../../contract/kube.ts';
import { labLabel, labNamespace } from '../../../contract/labs/words.ts';
import type { LabFile, LabMachine } from '../../../contract/labs/file.ts';
import { createMachineSchema } from '../../../contract/machine.ts';
import type { CreateMachine } from '../../../contract/machine.ts';
import { nicNames } from '../../../contract/new-network.ts';
import { buildMachine } from '../../machines/manifest.ts';
import type { ImageFacts } from '../../machines/manifest.ts';
import { networkDefinition } from '../../networks/definition.ts';
import { reserve } from '../../networks/nics.ts';
import { quantity } from '../../target/quantity.ts';
import { pick, pickList } from '../../target/pick.ts';
import { fill } from '../file/fill.ts';
import type { Values } from '../file/fill.ts';
import { networkOf } from '../file/known.ts';
import { imagePlace } from '../file/objects.ts';
import { labUserData } from './user-data.ts';

/** What has to be known of the target and the run before objects can be made of a file. */
export interface BuildFacts {
  values: Values;
  /** Public half of the lab's key. */
  key: string;
  /** Of the images that machines start from, by the machine's name. */
  machines: Readonly<Record<string, ImageFacts>>;
  /** The target gives machines the addresses that are reserved for them. */
  reservations: boolean;
}
/** User of the starter image, and the one that is made where a file names none. */
export const defaultUser = 'hearth';
export const userOf = (machine: LabMachine): string => machine.user ?? defaultUser;

/** The Namespace of a lab. Pure. */
export const namespaceObject = (lab: LabFile): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: labNamespace(lab.metadata.name),
    labels: { [labLabel]: lab.metadata.name, 'app.kubernetes.io/managed-by': 'hearth' },
    annotations: { 'hearth.dev/description': `The lab "${lab.metadata.title}". Everything in it goes when the lab ends.` },
  },
}); // prettier-ignore

/** Networks, machines with all that belongs to them, and further objects, in the order in which they are made. Pure. */
export function buildLab(lab: LabFile, facts: BuildFacts): KubeObject[] {
  const namespace = labNamespace(lab.metadata.name);
  const networks = lab.networks.map(({ name, subnet, description }) => networkDefinition({ namespace, name, ...(subnet !== undefined && { subnet }), ...(description !== undefined && { description }) })); // prettier-ignore
  const machines = lab.machines.flatMap((machine) => machineObjects(lab, machine, facts));
  const objects = lab.objects.map((object) => placedObject(lab, fill(object, facts.values)));
  return [...networks, ...machines, ...objects].map((object) => labelled(object, lab.metadata.name));
}

/** An object of the file in the lab's namespace. Pure. */
export const placedObject = (lab: LabFile, object: LabFile['objects'][number]): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, namespace: labNamespace(lab.metadata.name) },
});

interface Labels {
  metadata?: { labels?: Record<string, string> };
}
function putLabels(at: Labels, labels: Readonly<Record<string, string>>): void {
  (at.metadata ??= {}).labels = { ...at.metadata.labels, ...labels };
}
/** The object with the lab's label, also on what will be made of it: pods, instances, disks. Pure. */
export function labelled(object: KubeObject, lab: string): KubeObject {
  const copy = structuredClone(object);
  const put = (at: Labels): void => putLabels(at, { [labLabel]: lab });
  put(copy as Labels);
  const job = copy.kind === 'CronJob' ? pick(copy, 'spec', 'jobTemplate') : undefined;
  for (const template of [job, pick(copy, 'spec', 'template'), pick(job, 'spec', 'template')])
    if (typeof template === 'object' && template !== null) put(template as Labels);
  for (const template of [...pickList(copy, 'spec', 'dataVolumeTemplates'), ...pickList(copy, 'spec', 'volumeClaimTemplates')]) put(template as Labels); // prettier-ignore
  return copy;
}

function machineObjects(lab: LabFile, machine: LabMachine, facts: BuildFacts): KubeObject[] {
  const objects = buildMachine(wishOf(lab, machine, facts), facts.machines[machine.name]);
  const vm = objects.find(({ kind }) => kind === 'VirtualMachine');
  const names = nicNames(others(lab, machine));
  if (vm && facts.reservations)
    for (const [at, { address }] of fixed(machine).entries())
      if (address !== undefined) reserve(vm, names[at] ?? '', address);
  if (vm) for (const place of [vm, pick(vm, 'spec', 'template')]) putLabels(place as Labels, machine.labels);
  return objects;
}

/** The machine as the wizard would be asked for it. Pure. */
export function wishOf(lab: LabFile, machine: LabMachine, facts: BuildFacts): CreateMachine {
  const image = lab.images.find(({ name }) => name === machine.image);
  const networkData = networkDataOf(lab, machine, facts);
  const userData = labUserData(
    machine.userData === undefined ? undefined : fill(machine.userData, facts.values),
    { name: machine.name, user: userOf(machine), key: facts.key }, // prettier-ignore
  );
  return createMachineSchema.parse({
    namespace: labNamespace(lab.metadata.name),
    name: machine.name,
    source: image ? { type: 'image', image: imagePlace(lab, image) } : { type: 'blank' },
    size: { type: 'free', sockets: 1, cores: machine.cpus, threads: 1, memory: quantity(machine.memory) },
    ...(machine.firmware && { firmware: machine.firmware }),
    rootDisk: machine.disk === undefined ? {} : { size: quantity(machine.disk) },
    network: {
      podNetwork: hasPod(machine),
      ...(networkData !== undefined && { mac: macOf(lab, machine, 'pod') }),
      others: others(lab, machine).map((network, at) => ({ network, mac: macOf(lab, machine, at) })),
      forwards: machine.forwards.map((guestPort) => ({ guestPort })),
    },
    cloudInit: { type: 'yaml', userData, ...(networkData !== undefined && { networkData }) },
    start: machine.start,
  });
}

const hasPod = (machine: LabMachine): boolean => machine.networks[0] === 'pod';
const fixed = (machine: LabMachine) => machine.networks.map(networkOf).filter(({ name }) => name !== 'pod');
const others = (lab: LabFile, machine: LabMachine): string[] =>
  fixed(machine).map(({ name }) => `${labNamespace(lab.metadata.name)}/${name}`);

/** The same at each start, so that what a lab tells of its machines stays true. Pure. */
function macOf(lab: LabFile, machine: LabMachine, at: number | 'pod'): string {
  const hash = createHash('sha256').update(`${lab.metadata.name}/${machine.name}/${at}`).digest();
  return ['02', ...[...hash.subarray(0, 5)].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}

/**
 * Fixed addresses where nobody gives them out: written into the guest. Cards that the target addresses (by its
 * reservation, by DHCP) are left to it, so that moving one to another network needs nothing in the guest.
 */
function networkDataOf(lab: LabFile, machine: LabMachine, facts: BuildFacts): string | undefined {
  const cards = fixed(machine).map(({ name, address }, at) => {
    const subnet = lab.networks.find((network) => network.name === name)?.subnet;
    const inside = address !== undefined && (!facts.reservations || subnet === undefined);
    return { id: `net${at}`, mac: macOf(lab, machine, at), address: inside ? `${address}/${subnet?.split('/')[1] ?? '24'}` : undefined }; // prettier-ignore
  });
  if (!cards.some(({ address }) => address !== undefined)) return undefined;
  const ethernets = cards.map(({ id, mac, address }) => [id, { match: { macaddress: mac }, ...(address === undefined ? { dhcp4: true } : { addresses: [address] }) }]); // prettier-ignore
  // With a network configuration of its own a guest asks for nothing that does not stand in it: the way out keeps DHCP.
  const pod = hasPod(machine) ? [['pod', { match: { macaddress: macOf(lab, machine, 'pod') }, dhcp4: true }]] : [];
  return stringify({ version: 2, ethernets: Object.fromEntries([...ethernets, ...pod]) });
}
