import type { AppInfo, ContractHandlers } from '../contract/contract.ts';
import { readFile } from 'node:fs/promises';
import type { Host } from './host/host.ts';
import { lastLines } from './log.ts';
import { createSeveral } from './machines/batch.ts';
import type { Operations } from './operations.ts';
import type { DataPaths } from './paths.ts';
import type { Seeing } from './seeing.ts';
import type { SettingsStore } from './settings.ts';
import type { Targets } from './targets/targets.ts';
import type { Workspace } from './targets/workspace.ts';
import { tryAgain } from './tasks/again.ts';
import type { AgainParts } from './tasks/again.ts';
import type { Tasks } from './tasks/tasks.ts';

export interface Services {
  paths: DataPaths;
  info: () => AppInfo;
  settings: SettingsStore;
  host: Host;
  tasks: Tasks;
  targets: Targets;
  appliances: ContractHandlers['appliances'];
  boxes: ContractHandlers['boxes'];
  ownBox: ContractHandlers['ownBox'];
  access: ContractHandlers['access'];
  undo: ContractHandlers['undo'];
  operations: Operations;
  transfer: ContractHandlers['transfer'];
  backups: ContractHandlers['backups'];
  labs: ContractHandlers['labs'];
  classroom: ContractHandlers['classroom'];
  recordings: ContractHandlers['recordings'];
  sets: ContractHandlers['sets'];
  seeing: Seeing['handlers'];
  /** Any call of the page, as the page makes it. */
  call: AgainParts['call'];
}

/**
 * The contract, one line a procedure. Calls and pipes go to the target that is current when they come; streams follow when
 * another becomes current.
 */
export function createHandlers(services: Services): ContractHandlers {
  const { paths, settings, host, tasks, targets } = services;
  const { follow } = targets;
  const machines = (): Workspace['machines'] => targets.current().machines;
  const consoles = (): Workspace['consoles'] => targets.current().consoles;
  const images = (): ContractHandlers['images'] => targets.current().images.handlers;
  return {
    ...services.operations,
    ...services.seeing,
    undo: services.undo,
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
      watch: (_input, { signal }) =>
        follow(signal, ({ target }, over) => {
          // Whoever opens or reloads a page sees what the target can do now.
          void target.refresh();
          return target.state.watch(over);
        }),
      async kubeconfig() {
        const path = targets.current().kubeconfig;
        return { path, text: await readFile(path, 'utf8') };
      },
    },
    tasks: {
      watch: (_input, { signal }) => tasks.watch(signal),
      cancel: ({ id }) => tasks.cancel(id),
      tryAgain: ({ id }, context) =>
        tryAgain({ tasks, target: () => targets.current(), call: services.call }, id, context),
      dismiss: ({ id }) => tasks.dismiss(id),
    },
    events: {
      watch: ({ object }, { signal }) => follow(signal, (on, over) => on.machines.events(object, over), reset),
    },
    machines: {
      watch: (_input, { signal }) => follow(signal, (on, over) => on.machines.watch(over), reset),
      detail: (ref, { signal }) => follow(signal, (on, over) => on.machines.detail(ref, over)),
      samples: (ref, { signal }) => follow(signal, (on, over) => on.machines.samples(ref, over), []),
      preview: (input) => machines().preview(input),
      create: (input) => machines().create(input),
      createSeveral: (input) =>
        createSeveral({ target: targets.current().target, tasks, create: machines().create }, input),
      applyYaml: ({ yaml, ...ref }) => machines().applyYaml(ref, yaml),
      checkYaml: ({ yaml }) => machines().checkYaml(yaml),
      checkCloudInit: ({ userData }) => machines().checkCloudInit(userData),
      act: ({ action, deleteDisks, mode, ...ref }) => machines().act(ref, action, { deleteDisks, mode }),
      instancetypes: () => machines().instancetypes(),
      preferences: () => machines().preferences(),
      addForward: ({ guestPort, hostPort, protocol, ...ref }) =>
        machines().addForward(ref, { guestPort, hostPort, protocol }),
      removeForward: ({ service, ...ref }) => machines().removeForward(ref, service),
    },
    consoles: {
      vnc: (input, { signal }) => consoles().vnc(input, signal),
      serial: (ref) => consoles().serial(ref),
      serialLog: (ref) => consoles().serialLog(ref),
      screenshot: (ref, { signal }) => consoles().screenshot(ref, signal),
      screenText: (ref, { signal }) => consoles().screenText(ref, signal),
      pictures: (input, { signal }) => follow(signal, (on, over) => on.consoles.pictures(input, over), []),
    },
    images: {
      catalogue: (input, context) => images().catalogue(input, context),
      watch: (input, { signal }) =>
        follow(signal, (on, over) => on.images.handlers.watch(input, { signal: over }), reset),
      addFromCatalogue: (input, context) => images().addFromCatalogue(input, context),
      addFromUrl: (input, context) => images().addFromUrl(input, context),
      addFromFile: (input, context) => images().addFromFile(input, context),
      startUpload: (input, context) => images().startUpload(input, context),
      buildStarter: (input, context) => images().buildStarter(input, context),
      remove: (input, context) => images().remove(input, context),
      rename: (input, context) => images().rename(input, context),
      systems: (input, context) => images().systems(input, context),
      identifyFile: (input, context) => images().identifyFile(input, context),
      identifyAddress: (input, context) => images().identifyAddress(input, context),
      setSystem: (input, context) => images().setSystem(input, context),
    },
    cloudInit: {
      ...services.operations.cloudInit,
      results: (_input, { signal }) => follow(signal, (on, over) => on.firstBoots.watch(over), reset),
    },
    transfer: services.transfer,
    backups: services.backups,
    labs: services.labs,
    classroom: services.classroom,
    recordings: services.recordings,
    sets: services.sets,
    targets: targets.handlers,
    appliances: services.appliances,
    boxes: services.boxes,
    ownBox: services.ownBox,
    access: services.access,
  };
}

const reset = { type: 'reset' } as const;
