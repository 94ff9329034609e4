import { downloads, withOperators } from '../downloads.ts';
import type { PlanFacts } from '../facts.ts';
import { serverConfig } from '../files/config.ts';
import { clusterSteps } from '../manifests/cluster.ts';
import { smokeImage } from '../manifests/smoke-image.ts';
import { paths } from '../paths.ts';
import type { Plan, RootStep } from '../plan.ts';
import type { ApplianceSettings } from '../settings.ts';
import { installWords } from '../words.ts';
import {
  file,
  firewallSteps,
  folderSteps,
  handover,
  k3sFiles,
  kernelSteps,
  labImages,
  networkSteps,
  poolRootSteps,
  startSteps,
  step,
} from './steps.ts';

/**
 * The whole appliance from nothing, or the rest of it: steps that are done are skipped. `settings` passed `checkSettings`.
 * The same input always makes the same plan, to the byte.
 */
export function installPlan(settings: ApplianceSettings, facts: PlanFacts): Plan {
  const root: RootStep[] = [
    ...kernelSteps(settings, facts),
    ...(settings.accelerator === 'kvm' && facts.kvmGroup === 'not-member'
      ? [step('group-kvm', `Let ${facts.user} use the accelerator`, { kind: 'group', user: facts.user, group: 'kvm' })]
      : []),
    ...folderSteps(settings, facts),
    ...poolRootSteps(settings, facts),
    ...networkSteps(settings, facts),
    ...firewallSteps(settings, facts),
    ...k3sFiles('server', serverConfig(settings, facts), settings, facts),
    ...labImages(settings.versions, facts),
    file('smoke-image', 'Place the image of the first virtual machine', `${paths.images}/hearth-smoke.tar`, '0644', {
      from: 'bytes',
      bytes: smokeImage(),
    }),
    step('k3s-enable', 'Start k3s at every boot', { kind: 'enable', unit: 'k3s' }),
    ...startSteps('server'),
    handover(facts.uid),
  ];
  const plan = {
    purpose: 'install',
    downloads: downloads(settings, facts.arch),
    root,
    cluster: withOperators(clusterSteps(settings), settings.versions),
  };
  return { ...plan, words: installWords(plan, settings, facts) };
}
