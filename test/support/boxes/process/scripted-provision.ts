import { join } from 'node:path';
import type { openProvision } from '../../../../main/backend/provision/provision.ts';
import { facts } from '../../../unit/provisioning/plan/given.ts';
import { settings, standInCluster, standInFetcher } from '../../provision/stand-ins.ts';
import { scriptedPlace } from './scripted-place.ts';

const real = new URL(import.meta.url).searchParams.get('real');
const script = process.env['HEARTH_TEST_APPLIANCE'];
if (!real || !script) throw new Error('loaded by the preload alone, with HEARTH_TEST_APPLIANCE');
const { t: open } = (await import(real)) as { t: typeof openProvision };

/** The product's own provisioning, on a scripted machine and cluster. */
export const t: typeof openProvision = (options) =>
  open({
    ...options,
    fetcher: standInFetcher(join(options.dataDir, 'cache')),
    openPlace: async () => scriptedPlace({ script, staging: join(options.dataDir, 'staging') }),
    parts: {
      preflight: async (place) => ({
        facts: facts({ uid: process.getuid?.() ?? 0, hostName: 'hearth', addresses: boxAddresses }),
        report: {
          place: place.title,
          findings: [],
          suggested: settings(),
          versions: [],
          elevation: 'root',
          at: new Date().toISOString(),
        },
      }),
      openCluster: async () => standInCluster({ calls: [] }),
    },
  });

/** What a test says are the box's addresses in its LAN. */
const boxAddresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '192.168.77.20'].map((address, at) => ({
  interface: `eth${at}`,
  address,
  prefix: 24,
}));
