import { stringify } from 'yaml';
import type { KubeObject } from '../../contract/kube.ts';
import type { TemplateDraft, TemplateParameter } from '../../contract/templates.ts';
import { machineLabel } from '../machines/forward.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import { withoutSecrets } from './user-data.ts';

interface Sources {
  vm: KubeObject;
  /** The Secret with its cloud-init data, where there is one and it may be read. */
  secret?: KubeObject | undefined;
  copyDisks: boolean;
}

const parameter = (name: string, label: string, more: Partial<TemplateParameter> = {}): TemplateParameter => ({
  name,
  label,
  description: '',
  required: true,
  secret: false,
  ...more,
});

type Json = Record<string, unknown>;

/**
 * A template out of a machine: what made it this one machine (names, MAC addresses, firmware ids, host name, status) is
 * taken out, its secrets become parameters. Disks are made of what they were made of, or (copyDisks) as copies of the
 * machine's own. Pure.
 */
export function templateOf({ vm, secret, copyDisks }: Sources): TemplateDraft {
  const name = vm.metadata.name ?? '';
  const notes: string[] = [];
  const parameters = [parameter('NAME', 'Name', { description: 'Also the host name of the new machine.' })];
  const spec = structuredClone(vm.spec ?? {}) as Json & { template?: Json };
  const instance = (spec.template?.['spec'] ?? {}) as Json;
  const domain = (instance['domain'] ?? {}) as Json;

  delete spec['running'];
  delete instance['hostname'];
  const firmware = domain['firmware'] as Json | undefined;
  if (firmware) {
    delete firmware['uuid'];
    delete firmware['serial'];
  }
  for (const disk of pickList(domain, 'devices', 'disks')) delete disk['serial'];
  for (const nic of pickList(domain, 'devices', 'interfaces')) {
    if (nic['macAddress'] !== undefined) notes.push(`The MAC address of ${String(nic['name'])} is left out: each machine gets its own.`); // prettier-ignore
    delete nic['macAddress'];
  }
  for (const part of ['instancetype', 'preference']) {
    const reference = spec[part] as Json | undefined;
    if (reference) delete reference['revisionName'];
  }
  disks(vm, spec, instance, copyDisks, notes);
  const extra = seeds(instance, name, secret, parameters, notes);
  renameLabels(spec, name);
  const machine: KubeObject = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name: '${NAME}', labels: { [machineLabel]: '${NAME}', 'app.kubernetes.io/managed-by': 'hearth' } },
    spec: { runStrategy: vm.spec?.['runStrategy'] ?? (vm.spec?.['running'] === true ? 'Always' : 'Halted'), ...spec },
  };
  const manifest = [...extra, machine].map((object) => stringify(object, { lineWidth: 0 })).join('---\n');
  return { name, title: pickText(vm, 'metadata', 'annotations', 'hearth.dev/description') ?? name, manifest, parameters, notes }; // prettier-ignore
}

/** Each disk of the machine becomes one that is made for the new machine. */
function disks(vm: KubeObject, spec: Json, instance: Json, copy: boolean, notes: string[]): void {
  const templates = pickList(spec, 'dataVolumeTemplates');
  const namespace = vm.metadata.namespace ?? 'default';
  for (const volume of pickList(instance, 'volumes')) {
    const claim = pickText(volume, 'dataVolume', 'name') ?? pickText(volume, 'persistentVolumeClaim', 'claimName');
    if (claim === undefined) continue;
    const own = `\${NAME}-${String(volume['name'])}`;
    const template = templates.find((each) => pickText(each, 'metadata', 'name') === claim);
    const source = { pvc: { namespace, name: claim } };
    if (template) {
      template['metadata'] = { name: own };
      delete template['status'];
      if (copy) {
        const inner = template['spec'] as Json;
        delete inner['sourceRef'];
        inner['source'] = source;
      }
    } else {
      templates.push({
        metadata: { name: own },
        spec: { source, storage: { accessModes: ['ReadWriteOnce'] } },
      });
      notes.push(`The disk ${claim} was not made with the machine: new machines get a copy of it.`);
    }
    delete volume['persistentVolumeClaim'];
    volume['dataVolume'] = { name: own };
  }
  if (templates.length > 0) spec['dataVolumeTemplates'] = templates;
  if (copy) notes.push('New machines get copies of the disks as they are at that moment: what identifies the guest inside (machine-id, SSH host keys) is copied too.'); // prettier-ignore
}

/** Secrets never go into a template: ConfigMaps are there for everybody to read. */
function seeds(
  instance: Json,
  name: string,
  secret: KubeObject | undefined,
  parameters: TemplateParameter[],
  notes: string[],
): KubeObject[] {
  const made: KubeObject[] = [];
  for (const volume of pickList(instance, 'volumes')) {
    const kind = ['cloudInitNoCloud', 'cloudInitConfigDrive'].find((each) => volume[each] !== undefined);
    if (kind !== undefined) {
      const source = volume[kind] as Json;
      const text = userDataOf(source, secret);
      const cleaned = text === undefined ? undefined : withoutSecrets(text, name);
      const asked = cleaned?.parameters ?? [parameter('USER_DATA', 'cloud-init user data', { secret: true, description: 'The whole user data: it could not be read, or its secrets could not be told from the rest.' })]; // prettier-ignore
      for (const each of asked) if (!parameters.some((one) => one.name === each.name)) parameters.push(each);
      const own = '${NAME}-cloud-init';
      for (const field of ['userData', 'userDataBase64', 'networkDataBase64']) delete source[field];
      delete source['networkDataSecretRef'];
      source['secretRef'] = { name: own };
      made.push({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: own, labels: { [machineLabel]: '${NAME}' } },
        type: 'Opaque',
        stringData: { userdata: cleaned?.text ?? '${USER_DATA}' },
      });
      notes.push(asked.some((each) => each.secret) ? 'Passwords of its cloud-init data are asked for when a machine is made.' : 'Its cloud-init data hold no password.'); // prettier-ignore
    }
    if (volume['sysprep'] !== undefined || volume['secret'] !== undefined)
      notes.push(`The volume ${String(volume['name'])} goes on using the Secret it names: it must be there in the namespace of a new machine.`); // prettier-ignore
  }
  return made;
}

function userDataOf(source: Json, secret: KubeObject | undefined): string | undefined {
  if (typeof source['userData'] === 'string') return source['userData'];
  const encoded = typeof source['userDataBase64'] === 'string' ? source['userDataBase64'] : (pick(secret, 'data', 'userdata') ?? pick(secret, 'data', 'userData')); // prettier-ignore
  return typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString('utf8') : undefined;
}

/** Labels that carry the machine's name lead Services to it: they carry the new one's. */
function renameLabels(spec: Json, name: string): void {
  const template = (spec['template'] ??= {}) as Json;
  const metadata = (template['metadata'] ??= {}) as Json;
  const labels = { ...(metadata['labels'] as Record<string, string> | undefined) };
  for (const [key, value] of Object.entries(labels)) if (value === name) labels[key] = '${NAME}';
  template['metadata'] = { ...(metadata['annotations'] !== undefined && { annotations: metadata['annotations'] }), labels: { ...labels, [machineLabel]: '${NAME}' } }; // prettier-ignore
}
