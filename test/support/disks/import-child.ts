import { mkdirSync } from 'node:fs';
import { startDisks } from '../../../main/embedded/disks/disks.ts';
import { dataVolumes } from '../../../main/embedded/kube/resources.ts';
import { contextIn, running, volumeObject } from './lab.ts';

/** `node import-child.ts ROOT URL SHA256`: one engine's storage with one import, to be killed at any moment. Exit 0 when it is done. */
const [root = '', url = '', sha = ''] = process.argv.slice(2);
mkdirSync(root, { recursive: true });
const context = contextIn(root, new AbortController().signal);
const labels = { 'hearth.dev/image': 'true' };
if (!context.store.get(dataVolumes, 'default', 'killed'))
  context.store.create(dataVolumes, volumeObject('killed', { http: { url, checksum: `sha256:${sha}` } }, { labels }));
const disks = startDisks(context);
await disks.ready;
const look = (): void => {
  const found = context.store.get(dataVolumes, 'default', 'killed');
  const phase = found?.status?.['phase'];
  if (phase !== 'Succeeded' && phase !== 'Failed') return;
  console.log(phase, running(found)?.message);
  process.exit(phase === 'Succeeded' ? 0 : 1);
};
context.store.watch(dataVolumes, look);
look();
