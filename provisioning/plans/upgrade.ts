import { k3sDownloads, operatorDownload, withOperators } from '../downloads.ts';
import type { PlanFacts } from '../facts.ts';
import { imageDownloads } from '../images.ts';
import { imageVolumeWorks } from '../manifests/kubevirt.ts';
import { labSteps } from '../manifests/cluster.ts';
import type { ClusterStep, Download, Plan, RootStep } from '../plan.ts';
import type { ApplianceSettings } from '../settings.ts';
import { misfits, partName, stepRefused, type Part } from '../versions.ts';
import { shortWords } from '../words.ts';
import { backupStep } from './backup.ts';
import { rungs } from './rungs.ts';
import { handover, k3sRelease, labImages, startSteps, step } from './steps.ts';

export interface UpgradeChoice {
  readonly part: Part;
  readonly from: string;
  readonly to: string;
  /** As they are now: `versions[part]` is `from`. */
  readonly settings: ApplianceSettings;
  readonly facts: PlanFacts;
  /** Name of the backup that is made first. */
  readonly backup: string;
}

/**
 * One allowed step of one part, after a backup. Throws a RangeError for a step that `upgradesFrom` would not offer: the
 * caller shows only those.
 */
export function upgradePlan(choice: UpgradeChoice): Plan {
  const { part, from, to, settings, facts } = choice;
  const refused = stepRefused(part, from, to) ?? Object.values(misfits({ ...settings.versions, [part]: to }))[0];
  if (refused !== undefined) throw new RangeError(refused);
  const after = withVersion(settings, part, to);
  const { downloads, files, cluster } = release(choice, after, to);
  const root: RootStep[] = [
    backupStep(choice.backup),
    ...files,
    ...(files.length > 0 ? [...startSteps('server', 'restart'), handover(facts.uid)] : []),
  ];
  return {
    purpose: 'upgrade',
    downloads,
    root,
    cluster,
    words: shortWords(root, {
      summary: `Upgrade ${partName(part)} from ${from} to ${to}, after a backup named “${choice.backup}”. Virtual machines run on.`,
      seconds: 300,
      downloads,
      notes:
        part === 'kubevirt'
          ? [{ tone: 'note', text: 'A running virtual machine keeps its old launcher until it is restarted.' }]
          : [],
    }),
  };
}

/** Back to where an upgrade that failed began: the earlier program and images, and the backup that was made before it. */
export function rollBackPlan(choice: UpgradeChoice): Plan {
  const { part, from, to, settings, facts } = choice;
  const before = withVersion(settings, part, from);
  const { downloads: all, files } = release(choice, before, from);
  // The operator's manifest is not applied: with the datastore its earlier objects come back.
  const downloads = all.filter(({ name }) => !name.includes('-operator-v'));
  const root: RootStep[] = [
    step('k3s-stop', 'Stop k3s', { kind: 'stop', unit: 'k3s' }),
    ...files,
    step('restore', `Bring back the backup ${choice.backup}`, { kind: 'restore', name: choice.backup }),
    ...startSteps('server'),
    handover(facts.uid),
  ];
  return {
    purpose: 'roll-back',
    downloads,
    root,
    cluster: rungs('port', 'ca', 'readyz', 'node', 'core', 'kubevirt', 'cdi'),
    words: shortWords(root, {
      summary: `Go back from ${partName(part)} ${to} to ${from} and to the backup “${choice.backup}”.`,
      seconds: 180,
      downloads,
      notes: [{ tone: 'warning', text: 'What was made in the cluster since the backup is forgotten.' }],
    }),
  };
}

const withVersion = (settings: ApplianceSettings, part: Part, version: string): ApplianceSettings => ({
  ...settings,
  versions: { ...settings.versions, [part]: version },
});

/** Files and cluster steps of one part at one version. */
function release(
  { part, facts }: UpgradeChoice,
  settings: ApplianceSettings,
  version: string,
): { downloads: Download[]; files: RootStep[]; cluster: ClusterStep[] } {
  if (part === 'k3s')
    return {
      downloads: k3sDownloads(version, facts.arch),
      files: k3sRelease(version, facts),
      cluster: [
        ...rungs('port', 'ca', 'readyz', 'node', 'core', 'paths', 'storage'),
        // Whether image volumes work depends on the release of k3s.
        ...lab(settings).filter(({ id }) => id === 'kubevirt'),
        ...rungs('kubevirt', 'cdi', 'devices'),
      ],
    };
  const images = imageDownloads(part, version, facts.arch);
  const names = new Set(images.map(({ name }) => name));
  return {
    downloads: [operatorDownload(part, version), ...images],
    files: labImages(settings.versions, facts).filter(
      ({ action }) => action.kind === 'file' && action.content.from === 'download' && names.has(action.content.name),
    ),
    cluster: [
      ...lab(settings).filter(({ id, action }) => action.kind !== 'rung' && id.startsWith(part)),
      ...rungs(part, 'devices'),
    ],
  };
}

const lab = (settings: ApplianceSettings): ClusterStep[] =>
  withOperators(
    labSteps({
      accelerator: settings.accelerator,
      imageVolume: imageVolumeWorks(settings.versions.k3s),
      localPathClass: 'local-path',
      proxy: settings.proxy,
      ca: settings.ca,
    }),
    settings.versions,
  );
