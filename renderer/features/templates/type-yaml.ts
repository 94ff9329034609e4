import type { TypeRow } from '../../../main/contract/templates.ts';
import type { TypeForm } from './type-wish.ts';

const quoted = (text: string): string => JSON.stringify(text);

/** An own instance type or preference as its text. Pure. */
export function text(kind: TypeRow['kind'], form: TypeForm): string {
  const { name, namespace, cpus, memory, diskBus, network, firmware, tpm, pointer } = form;
  const mebi = memory === undefined ? undefined : Math.ceil(memory / 2 ** 20);
  const lines = [
    'apiVersion: instancetype.kubevirt.io/v1beta1',
    `kind: ${kind}`,
    'metadata:',
    `  name: ${quoted(name)}`,
    `  namespace: ${quoted(namespace)}`,
  ];
  if (kind.endsWith('Instancetype'))
    return [...lines, 'spec:', '  cpu:', `    guest: ${cpus ?? 1}`, '  memory:', `    guest: ${mebi ?? 1024}Mi`, ''].join('\n'); // prettier-ignore
  const devices = [
    ...(diskBus ? [`    preferredDiskBus: ${diskBus}`] : []),
    ...(network ? [`    preferredInterfaceModel: ${network}`] : []),
    ...(tpm ? ['    preferredTPM:', '      persistent: true'] : []),
    ...(pointer ? ['    preferredAutoattachInputDevice: true', '    preferredInputType: tablet', '    preferredInputBus: usb'] : []),
  ]; // prettier-ignore
  const boot: Record<TypeForm['firmware'], string[]> = {
    '': [],
    bios: ['  firmware:', '    preferredUseBios: true'],
    uefi: ['  firmware:', '    preferredEfi:', '      secureBoot: false'],
    secure: ['  firmware:', '    preferredEfi:', '      secureBoot: true', '  features:', '    preferredSmm: {}'],
  };
  const body = [
    ...boot[firmware],
    ...(devices.length > 0 ? ['  devices:', ...devices] : []),
    ...(cpus !== undefined || mebi !== undefined ? ['  requirements:'] : []),
    ...(cpus === undefined ? [] : ['    cpu:', `      guest: ${cpus}`]),
    ...(mebi === undefined ? [] : ['    memory:', `      guest: ${mebi}Mi`]),
  ];
  return [...lines, ...(body.length > 0 ? ['spec:', ...body] : ['spec: {}']), ''].join('\n');
}
