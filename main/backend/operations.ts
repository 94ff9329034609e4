import type { ContractHandlers } from '../contract/contract.ts';
import { createClones } from './clones/clones.ts';
import { createCloudInit } from './cloud-init/handlers.ts';
import type { CloudInitHandlers } from './cloud-init/handlers.ts';
import { createBin } from './bin/bin.ts';
import { createOrganise } from './organise/organise.ts';
import { createStorage } from './storage/storage.ts';
import { createSsh } from './ssh/ssh.ts';
import { createFaults } from './faults/faults.ts';
import { createHardware } from './hardware/hardware.ts';
import { createDevices } from './devices/devices.ts';
import { createManifests } from './manifests/manifests.ts';
import { createTemplates } from './templates/templates.ts';
import { createNetworks } from './networks/networks.ts';
import { createPodHandlers } from './pods/pods.ts';
import { createMap } from './map/map.ts';
import { createSnapshots } from './snapshots/snapshots.ts';
import { createForeign } from './foreign/foreign.ts';
import { createForm } from './form/form.ts';
import { createMigrations } from './migrations/migrations.ts';
import { createWhy } from './why/handlers.ts';
import type { Scope } from './target/scope.ts';

/** Parts of the contract that need no more than the current target, one line a domain. */
export type Operations = Pick<
  ContractHandlers,
  | 'clones'
  | 'foreign'
  | 'form'
  | 'migrations'
  | 'map'
  | 'pods'
  | 'ssh'
  | 'hardware'
  | 'templates'
  | 'manifests'
  | 'devices'
  | 'networks'
  | 'snapshots'
  | 'why'
  | 'bin'
  | 'organise'
  | 'faults'
  | 'storage'
> & { cloudInit: CloudInitHandlers };

/** Their handlers. */
export function createOperations(scope: Scope): Operations {
  return {
    bin: createBin(scope),
    organise: createOrganise(scope),
    storage: createStorage(scope),
    cloudInit: createCloudInit(scope),
    clones: createClones(scope),
    networks: createNetworks(scope),
    map: createMap(scope),
    pods: createPodHandlers(scope),
    ssh: createSsh(scope),
    templates: createTemplates(scope),
    manifests: createManifests(scope),
    snapshots: createSnapshots(scope),
    devices: createDevices(scope),
    faults: createFaults(scope),
    hardware: createHardware(scope),
    foreign: createForeign(scope),
    form: createForm(scope),
    migrations: createMigrations(scope),
    why: createWhy(scope),
  };
}
