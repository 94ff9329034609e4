import { bytesOf } from '../../kube/quantity.ts';
import type { StatusCause } from '../../kube/status-error.ts';
import { invalidCause } from './shapes.ts';
import type { VmiSpec } from './shapes.ts';

const step = 2 * 2 ** 20;

/**
 * A machine whose template names the most memory it may grow to (KubeVirt pkg/liveupdate/memory, ValidateLiveUpdateMemory).
 * `at` is the instance's spec.
 */
export const memoryHotplugCauses = (spec: VmiSpec, at: string): StatusCause[] => {
  const { cpu, memory, launchSecurity } = spec.domain;
  if (memory?.maxGuest === undefined) return [];
  const wrong = (message: string): StatusCause[] => [invalidCause(`${at}.domain.memory.guest`, message)];
  const [guest, most] = [bytesOf(memory.guest), bytesOf(memory.maxGuest)];
  if (cpu?.realtime) return wrong('Memory hotplug is not compatible with realtime VMs');
  if (cpu?.numa?.guestMappingPassthrough)
    return wrong('Memory hotplug is not compatible with guest mapping passthrough');
  if (launchSecurity) return wrong('Memory hotplug is not compatible with encrypted VMs');
  if (guest === undefined) return wrong('Guest memory must be configured when memory hotplug is enabled');
  if (most !== undefined && guest > most) return wrong('Guest memory is greater than the configured maxGuest memory');
  if (guest % step !== 0) return wrong('Guest memory must be 2Mi aligned');
  if (most !== undefined && most % step !== 0) return wrong('MaxGuest must be 2Mi aligned');
  if (spec.architecture !== 'amd64') return wrong('Memory hotplug is only available for x86_64 VMs');
  return [];
};
