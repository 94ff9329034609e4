import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { filesBelow, root } from '../../support/docs.ts';

/**
 * Files that ask for the date, and what for. Whatever measures how long something takes, waits or is good for asks `monotonic`
 * (or `steadyNow`, which goes on in sleep): the clock of a computer jumps.
 */
const dates: Record<string, string> = {
  'main/backend/backups/backups.ts': 'when a plan runs next',
  'main/backend/backups/schedule.ts': 'times of the clock at which plans run',
  'main/backend/boxes/agent/agent.ts': 'the time on the screen of a box',
  'main/backend/boxes/image/build.ts': 'the date of an image',
  'main/backend/boxes/pairing/certificate.ts': 'until when a certificate is good',
  'main/backend/classroom/teacher/teaching.ts': 'tells a page when',
  'main/backend/cloud-init/first-boots.ts': 'against dates of objects',
  'main/backend/faults/in-guest.ts': 'sets a clock',
  'main/backend/host/trial-cache.ts': 'names a boot',
  'main/backend/labs/rewind/back.ts': 'against dates of objects',
  'main/backend/labs/rewind/restore.ts': 'a name',
  'main/backend/labs/rewind/take.ts': 'the date of a checkpoint',
  'main/backend/machines/samples.ts': 'the date of a point',
  'main/backend/metrics/metrics.ts': 'slots of the rings',
  'main/backend/networks/networks.ts': 'a deadline that stands at a machine',
  'main/backend/notifications/watching.ts': 'until when a certificate is good',
  'main/backend/own-box/handlers.ts': 'tells a page how long a code is good',
  'main/backend/own-box/own-box.ts': 'tells the screen how long a code is good',
  'main/backend/provision/certificates.ts': 'until when a certificate is good',
  'main/backend/provision/cluster/evidence.ts': 'against dates of events',
  'main/backend/provision/cluster/observe-server.ts': 'until when a certificate is good',
  'main/backend/provision/join-offer.ts': 'until when a token is good',
  'main/backend/provision/own-checks.ts': 'compares two clocks',
  'main/backend/seeing.ts': 'the date of an entry',
  'main/backend/snapshots/schedule/keep.ts': 'the times of day of a schedule',
  'main/backend/snapshots/tree.ts': 'the times of day of a schedule',
  'main/backend/steady-clock.ts': 'where the steady clock begins',
  'main/backend/target/exec-plugin.ts': 'until when a token is good',
  'main/backend/targets/kubeconfig/test.ts': 'until when a certificate is good',
  'main/desktop/updates/kept.ts': 'the date of an update',
  'main/embedded/api/table/cells.ts': 'ages, as kubectl shows them',
  'main/embedded/api/tls/certificates.ts': 'until when a certificate is good',
  'main/embedded/disks/source/part.ts': 'names a boot',
  'main/embedded/export/exports.ts': 'a deadline that stands at an object',
  'main/embedded/process/events.ts': 'against dates of events',
  'main/embedded/process/stray.ts': 'against dates of files',
  'main/embedded/snapshot/clock.ts': 'sets a clock',
  'main/embedded/snapshot/target.ts': 'against dates of objects',
  'main/embedded/store/state.ts': 'a number that was not given before',
  'main/launch/package/programs.ts': 'the date of a package',
};

it('nobody measures a duration by the clock of the computer', () => {
  const asking = filesBelow('main', /\.ts$/).filter((file) =>
    readFileSync(join(root, file), 'utf8').includes('Date.now()'),
  );
  expect(asking.sort()).toEqual(Object.keys(dates).sort());
});
