import type { KubeObject } from '../../../contract/kube.ts';
import type { Cure, WhyStep } from '../../../contract/why.ts';
import { pick, pickList, pickText } from '../../target/pick.ts';
import { cause, page } from '../cause.ts';
import { conditionOf, nameOf, title } from '../sources.ts';
import type { WhySources } from '../sources.ts';

/** A disk that is not made: the DataVolume that is stuck, and what it says. */
interface Stuck {
  disk: KubeObject;
  /** The DataVolume at which it stands: itself, or the image that it is copied from. */
  root: KubeObject;
  reason: string;
  message: string;
}

const settled = (volume: KubeObject): boolean => pickText(volume, 'status', 'phase') === 'Succeeded';

/** Where CDI tells of trouble: Running is false, and says why; its latest Event knows more while the importer restarts. */
function troubleOf(volume: KubeObject): { reason: string; message: string } | undefined {
  const running = conditionOf(volume, 'Running');
  const phase = pickText(volume, 'status', 'phase');
  const reason = pickText(running, 'reason') ?? '';
  const message = pickText(running, 'message') ?? '';
  const failed = phase === 'Failed' || /error|fail/i.test(reason) || (phase !== 'Pending' && unreachable.test(`${reason} ${message}`));
  if (running?.['status'] !== 'False' || !failed) return phase === 'Failed' ? { reason: 'Failed', message: 'Its disk could not be made.' } : undefined;
  return { reason, message: message || reason };
} // prettier-ignore

/** The DataVolume that this one is copied from. */
export const sourceName = (volume: KubeObject): { namespace?: string | undefined; name: string } | undefined => {
  const from = pick(volume, 'spec', 'source', 'pvc');
  const name = pickText(from, 'name');
  return name === undefined ? undefined : { namespace: pickText(from, 'namespace') ?? volume.metadata.namespace, name };
};
const originOf = (volume: KubeObject, { origins = [] }: WhySources): KubeObject | undefined => {
  const from = sourceName(volume);
  return origins.find(({ metadata }) => metadata.name === from?.name && metadata.namespace === from?.namespace);
};

export function stuckDisks(sources: WhySources): Stuck[] {
  return sources.dataVolumes.flatMap((disk): Stuck[] => {
    if (settled(disk)) return [];
    const own = troubleOf(disk);
    const origin = originOf(disk, sources);
    const deeper = origin && !settled(origin) ? troubleOf(origin) : undefined;
    if (origin && deeper) return [{ disk, root: origin, ...deeper }];
    return own ? [{ disk, root: disk, ...own }] : [];
  });
}

const checksum = /checksum ?mismatch|ChecksumMismatch|checksum.*(expected|does not match)/i;
const full = /NotEnoughSpace|no space left|not enough space|disk of this computer is full|insufficient space/i;
const unreachable =
  /NetworkError|HttpStatus\d|TooManyRedirects|InvalidAddress|InsecureRedirect|CertificateError|unable to connect|connection refused|connection reset|no such host|i\/o timeout|timed? ?out|dial tcp|expected status code 200|x509|name resolution|unreachable|could not be reached/i;
const kindOf = ({ reason, message }: Stuck): 'checksum' | 'full' | 'unreachable' | 'other' => {
  const text = `${reason} ${message}`;
  return checksum.test(text) ? 'checksum' : full.test(text) ? 'full' : unreachable.test(text) ? 'unreachable' : 'other';
};
const firstOf = (kind: ReturnType<typeof kindOf>) => (sources: WhySources): Stuck | undefined =>
  stuckDisks(sources).find((each) => kindOf(each) === kind); // prettier-ignore

const urlOf = (volume: KubeObject): string | undefined =>
  pickText(volume, 'spec', 'source', 'http', 'url') ?? pickText(volume, 'spec', 'source', 'registry', 'url');
/** Without user name and password. */
const shown = (url: string): string => url.replace(/\/\/[^/@]*@/, '//');

const chain = ({ disk, root, message }: Stuck): WhyStep[] => {
  const url = urlOf(root);
  const from = url ? ` from ${shown(url)}` : '';
  return [
    ...(root === disk ? [] : [{ object: title(disk), says: `It is a copy of ${title(root)}, which is not ready.` }]),
    { object: title(root), says: `${message}${/[.!?]$/.test(message) ? '' : '.'}${url && !message.includes(new URL(url, 'http://x').host) ? ` It comes${from}.` : ''}` },
  ];
}; // prettier-ignore
const refOf = ({ metadata }: KubeObject): { namespace: string; name: string } => ({
  namespace: metadata.namespace ?? 'default',
  name: metadata.name ?? '',
});
const again = ({ root }: Stuck, label = 'Import again'): Cure => ({
  label,
  detail: `${nameOf(root)} is made anew from where it comes from.`,
  action: { type: 'importAgain', dataVolume: refOf(root) },
});

export const imageUnreachable = cause({
  id: 'image-unreachable',
  title: 'The image cannot be fetched',
  evidence: firstOf('unreachable'),
  explain: (stuck) => ({
    steps: chain(stuck),
    cures: [again(stuck, 'Try again'), page('Look at the images', '/images')],
  }),
});

export const badChecksum = cause({
  id: 'bad-checksum',
  title: 'The image is not the one that was promised',
  evidence: firstOf('checksum'),
  explain(stuck) {
    const text = pickText(stuck.root, 'spec', 'source', 'http', 'checksum') ?? '';
    const algorithm = /^(sha\d+|md5):/.exec(text)?.[1] ?? 'sha256';
    const expected = text.replace(/^\w+:/, '').toLowerCase();
    const found = [...stuck.message.matchAll(/\b[0-9a-f]{32,128}\b/gi)].map(([hex]) => hex.toLowerCase()).find((hex) => hex !== expected); // prettier-ignore
    const dataVolume = refOf(stuck.root);
    return {
      steps: chain(stuck),
      cures: [
        again(stuck, 'Import again'),
        ...(found ? [{
          label: 'Take the file as it is now',
          detail: `Its ${algorithm} is ${found}; that is expected from now on.`,
          asks: 'Do this only when the publisher names this checksum. A changed image can do anything that a machine can do.',
          action: { type: 'importAgain' as const, dataVolume, checksum: `${algorithm}:${found}` },
        }] : []),
        {
          label: 'Import without a checksum',
          asks: 'Nothing then tells whether somebody changed the image on its way here.',
          action: { type: 'importAgain', dataVolume, checksum: '' },
        },
      ],
    }; // prettier-ignore
  },
});

/** The disk of the computer or of the claim is too small for what is imported. */
export const importDiskFull = cause({
  id: 'disk-full',
  title: 'There is no space for the disk',
  evidence: firstOf('full'),
  explain: (stuck) => ({
    steps: chain(stuck),
    cures: [page('Free space: look at the images', '/images'), again(stuck, 'Import again')],
  }),
});

export const importFailed = cause({
  id: 'import-failed',
  title: 'A disk could not be made',
  evidence: firstOf('other'),
  explain: (stuck) => ({ steps: chain(stuck), cures: [again(stuck), page('Look at the images', '/images')] }),
});

const moving = ['ImportScheduled', 'ImportInProgress', 'CloneScheduled', 'CloneInProgress', 'SnapshotForSmartCloneInProgress', 'CloneFromSnapshotSourceInProgress', 'CSICloneInProgress', 'PrepClaimInProgress', 'RebindInProgress', 'ExpansionInProgress', 'NamespaceTransferInProgress', 'UploadScheduled', 'UploadReady', 'PVCBound', '']; // prettier-ignore

export const importing = cause({
  id: 'importing',
  title: 'Its disk is being made',
  tone: 'wait',
  evidence: (sources) => {
    if (stuckDisks(sources).length > 0) return undefined;
    return sources.dataVolumes.find((each) => moving.includes(pickText(each, 'status', 'phase') ?? ''));
  },
  explain(disk, sources) {
    const origin = originOf(disk, sources);
    const root = origin && !settled(origin) ? origin : disk;
    const phase = pickText(root, 'status', 'phase') ?? 'Pending';
    const share = Number.parseFloat(pickText(root, 'status', 'progress') ?? '');
    const upload = phase === 'UploadReady';
    const since = pickList(root, 'status', 'conditions').find((each) => each['type'] === 'Running');
    return {
      steps: [
        ...(root === disk ? [] : [{ object: title(disk), says: `It is a copy of ${title(root)}, which is not ready.` }]),
        {
          object: title(root),
          says: upload
            ? 'It waits for an upload.'
            : `Its disk is being made: ${phase}${Number.isNaN(share) ? '' : ` (${Math.round(share)} %)`}.`,
        },
      ],
      cures: upload ? [page('Look at the images', '/images')] : [],
      progress: Number.isNaN(share) ? undefined : share / 100,
      since: pickText(since, 'lastTransitionTime') ?? root.metadata.creationTimestamp,
    }; // prettier-ignore
  },
});
