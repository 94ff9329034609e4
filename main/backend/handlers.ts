import type { AppInfo, ContractHandlers } from '../contract/contract.ts';
import { readFile } from 'node:fs/promises';
import type { Consoles } from './consoles/consoles.ts';
import type { Host } from './host/host.ts';
import { lastLines } from './log.ts';
import type { Machines } from './machines/machines.ts';
import type { DataPaths } from './paths.ts';
import type { SettingsStore } from './settings.ts';
import type { OpenTarget } from './target/target.ts';
import type { Tasks } from './tasks/tasks.ts';

export interface Services {
  paths: DataPaths;
  info: () => AppInfo;
  settings: SettingsStore;
  host: Host;
  target: OpenTarget;
  tasks: Tasks;
  machines: Machines;
  consoles: Consoles;
  images: ContractHandlers['images'];
  targets: ContractHandlers['targets'];
  appliances: ContractHandlers['appliances'];
}

/** The contract, one line a procedure. */
export function createHandlers(services: Services): ContractHandlers {
  const { paths, settings, host, target, tasks, machines, consoles } = services;
  return {
    app: {
      info: () => services.info(),
      logs: async ({ lines }) => ({ path: paths.log, lines: await lastLines(paths.log, lines) }),
    },
    settings: {
      watch: (_input, { signal }) => settings.watch(signal),
      update: (patch) => settings.update(patch),
    },
    host: {
      report: () => host.report(),
      recheck: () => host.recheck(),
      async overrideAccelerator({ accelerator }) {
        await settings.update({ accelerator });
        return host.report();
      },
    },
    target: {
      watch: (_input, { signal }) => target.state.watch(signal),
      kubeconfig: async () => ({ path: paths.kubeconfig, text: await readFile(paths.kubeconfig, 'utf8') }),
    },
    tasks: {
      watch: (_input, { signal }) => tasks.watch(signal),
      cancel: ({ id }) => tasks.cancel(id),
      dismiss: ({ id }) => tasks.dismiss(id),
    },
    events: { watch: ({ object }, { signal }) => machines.events(object, signal) },
    machines: {
      watch: (_input, { signal }) => machines.watch(signal),
      detail: (ref, { signal }) => machines.detail(ref, signal),
      samples: (ref, { signal }) => machines.samples(ref, signal),
      preview: (input) => machines.preview(input),
      create: (input) => machines.create(input),
      applyYaml: ({ yaml, ...ref }) => machines.applyYaml(ref, yaml),
      checkYaml: ({ yaml }) => machines.checkYaml(yaml),
      checkCloudInit: ({ userData }) => machines.checkCloudInit(userData),
      act: ({ action, deleteDisks, ...ref }) => machines.act(ref, action, { deleteDisks }),
      instancetypes: () => machines.instancetypes(),
      preferences: () => machines.preferences(),
      addForward: ({ guestPort, hostPort, protocol, ...ref }) =>
        machines.addForward(ref, { guestPort, hostPort, protocol }),
      removeForward: ({ service, ...ref }) => machines.removeForward(ref, service),
    },
    consoles: {
      vnc: (ref, { signal }) => consoles.vnc(ref, signal),
      serial: (ref) => consoles.serial(ref),
      serialLog: (ref) => consoles.serialLog(ref),
      screenshot: (ref, { signal }) => consoles.screenshot(ref, signal),
    },
    images: services.images,
    targets: services.targets,
    appliances: services.appliances,
  };
}
