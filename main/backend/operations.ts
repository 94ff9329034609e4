import type { ContractHandlers } from '../contract/contract.ts';
import { createCloudInit } from './cloud-init/handlers.ts';
import type { CloudInitHandlers } from './cloud-init/handlers.ts';
import { createSsh } from './ssh/ssh.ts';
import { createHardware } from './hardware/hardware.ts';
import { createDevices } from './devices/devices.ts';
import { createManifests } from './manifests/manifests.ts';
import { createTemplates } from './templates/templates.ts';
import { createNetworks } from './networks/networks.ts';
import type { Scope } from './target/scope.ts';

/** Parts of the contract that need no more than the current target, one line a domain. */
export type Operations = Pick<ContractHandlers, 'ssh' | 'hardware' | 'templates' | 'manifests' | 'devices' | 'networks'> & { cloudInit: CloudInitHandlers };

/** Their handlers. */
export function createOperations(scope: Scope): Operations {
  return {
    cloudInit: createCloudInit(scope),
    networks: createNetworks(scope),
    ssh: createSsh(scope),
    templates: createTemplates(scope),
    manifests: createManifests(scope),
    devices: createDevices(scope),
    hardware: createHardware(scope),
  };
}
