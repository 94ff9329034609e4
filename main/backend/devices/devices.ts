import type { ContractHandlers } from '../../contract/contract.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Scope } from '../target/scope.ts';
import { deviceFiles } from './files.ts';
import type { DeviceFiles } from './files.ts';
import { pciPlan, usbPlan } from './plan.ts';
import type { Surroundings } from './plan.ts';
import { readDevices } from './read.ts';

/** Handlers of the devices of this computer. They look, and never change anything. */
export function createDevices(
  scope: Pick<Scope, 'target'>,
  files: DeviceFiles = deviceFiles(),
): ContractHandlers['devices'] {
  const around = (): Surroundings => {
    const cpu = files.read('/proc/cpuinfo') ?? '';
    return {
      vendor: cpu.includes('GenuineIntel') ? 'intel' : cpu.includes('AuthenticAMD') ? 'amd' : 'other',
      virtual: /^flags\s*:.*\bhypervisor\b/m.test(cpu),
      accelerator: scope.target().state.value.capacity?.accelerator ?? 'unknown',
    };
  };
  return {
    list: () => readDevices(files),
    plan({ kind, id }) {
      const report = readDevices(files);
      const pci = kind === 'pci' ? report.pci.find(({ address }) => address === id) : undefined;
      const usb = kind === 'usb' ? report.usb.find((device) => device.id === id) : undefined;
      if (pci) return pciPlan(pci, report, around());
      if (usb) return usbPlan(usb, around());
      throw new ProblemError({
        code: 'device-not-found',
        title: 'This device is not there',
        detail: `There is no ${kind.toUpperCase()} device ${id} in this computer (any more).`,
        fix: 'Read the list again.',
      });
    },
  };
}
