import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { changes } from '../../main/backend/target/acting.ts';
import { contract } from '../../main/contract/contract.ts';
import { whyNot } from '../../main/contract/offers.ts';
import type { OfferId } from '../../main/contract/offers.ts';
import { ProblemError } from '../../main/contract/problem.ts';
import type { Problem } from '../../main/contract/problem.ts';
import { machineFile } from '../support/machine-file.ts';
import { describeTargets, until } from '../support/operations/lab.ts';
import type { OperationsLab } from '../support/operations/lab.ts';
import { hasCdi, machines, things, walk } from '../support/operations/walk.ts';
import { fixtureNames } from '../support/scripted-cluster/fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-walk-'));
const image = join(folder, 'local.img');
const exported = join(folder, 'spare.hearth-vm');
const bytes = Buffer.alloc(2 ** 20, 7);
const web = createServer((_request, response) =>
  response.writeHead(200, { 'content-length': bytes.length }).end(bytes),
);
let url = '';
beforeAll(async () => {
  writeFileSync(image, bytes);
  const disk = join(folder, 'root.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '64M']);
  writeFileSync(exported, machineFile({ disks: [{ name: 'disks/root.qcow2', data: readFileSync(disk) }] }));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/disk.img`;
});
afterAll(() => {
  web.closeAllConnections();
  web.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Refusals of what is on offer that have their reason in what was asked, not in the target. */
const expected: Partial<Record<OfferId, { codes: string[]; because: string; on?: readonly string[] }>> = {
  'images.addFromCatalogue': { codes: ['publisher-unreachable'], because: 'the publisher is not here' },
  'transfer.move': { codes: ['target-not-found'], because: 'there is no such target' },
  'transfer.move:away': { codes: ['target-not-found'], because: 'there is no such target' },
  'transfer.resume': { codes: ['not-found'], because: 'nothing was cut' },
  'backups.run': { codes: ['not-found'], because: 'there is no place for backups' },
  'backups.restore': { codes: ['not-found'], because: 'there is no place for backups' },
  'networks.rollBack': { codes: ['nothing-to-roll-back'], because: 'the move was confirmed, or needs a restart' },
  'networks.reserve': { codes: ['no-reservations'], because: 'KubeVirt has no field for it' },
  'images.addFromFile': {
    codes: ['target-unreachable'],
    because: 'the address of the upload proxy is a made-up one',
    on: ['openshift-like'],
  },
  'transfer.import': {
    codes: ['target-unreachable'],
    because: 'the address of the upload proxy is a made-up one',
    on: ['openshift-like'],
  },
  'hardware.addDrive': {
    codes: ['target-cannot'],
    because: 'this user may not read which gates are open',
    on: ['openshift-like'],
  },
  'hardware.insert': { codes: ['disk-not-found'], because: 'that drive could not be added', on: ['openshift-like'] },
  'hardware.eject': {
    codes: ['disk-not-found', 'drive-empty'],
    because: 'that drive could not be added, or filled',
    on: ['openshift-like', 'no-cdi'],
  },
  'pods.forward': { codes: ['pod-not-running'], because: 'none may be made there', on: ['openshift-like'] },
  'faults.begin:disk': { codes: ['guest-no-way'], because: 'nobody put a key of Hearth’s into that guest' },
  'faults.begin:clock': { codes: ['guest-no-way'], because: 'nobody put a key of Hearth’s into that guest' },
  'faults.begin:process': { codes: ['guest-no-way'], because: 'nobody put a key of Hearth’s into that guest' },
  'ssh.shell': { codes: ['ssh-no-server'], because: 'nothing on an empty disk listens' },
  'networks.attach': { codes: ['target-cannot'], because: 'the pod network alone is there' },
  'networks.move': { codes: ['target-cannot'], because: 'the pod network alone is there' },
};
/** A call of one of these opens a stream, which the target itself refuses. */
const typeOf = (id: OfferId): string | undefined => {
  const [domain = '', name = ''] = (id.split(':')[0] ?? '').split('.');
  return (contract as unknown as Record<string, Record<string, { type: string }>>)[domain]?.[name]?.type;
};
/** Stopped at the door, before anything is asked of the target. Other variants are told apart by the operation itself. */
const atTheDoor = (id: OfferId): boolean =>
  typeOf(id) === 'call' &&
  (!id.includes(':') || id.startsWith('machines.act:') || id.startsWith('why.cure:') || id.startsWith('faults.begin:'));

async function furnish(lab: OperationsLab): Promise<void> {
  if (lab.kind === 'cluster') lab.cluster.put('', 'resourcequotas', { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'compute', namespace: 'default' }, spec: { hard: { 'limits.memory': '60Gi' } } });
  for (const [group, plural, object] of things(hasCdi(lab)))
    if (lab.kind === 'cluster') lab.cluster.put(group, plural, structuredClone(object));
    else await lab.kube.request('POST', `/${group === '' ? 'api' : 'apis'}/${object.apiVersion}/namespaces/${object.metadata.namespace}/${plural}`, object);
  if (!lab.can('machines')) return;
  for (const [name, runs] of Object.entries(machines)) if (runs) await lab.machine(name, ({ row }) => row.status === 'Running');
} // prettier-ignore

type End = { state: 'done' | 'hangs' } | { state: 'refused'; problem: Problem };
async function endOf(work: Promise<unknown>): Promise<End> {
  const end = work.then(
    (): End => ({ state: 'done' }),
    (error: unknown): End => {
      if (error instanceof ProblemError) return { state: 'refused', problem: error.problem };
      throw error;
    },
  );
  return Promise.race([end, new Promise<End>((resolve) => setTimeout(() => resolve({ state: 'hangs' }), 20_000).unref())]); // prettier-ignore
}

function everyOffer(name: string, options: Parameters<typeof describeTargets>[2]): void {
  describeTargets(
    name,
    (lab) => {
      test('what is on offer is done; what is not ends with the reason of its button, and nothing is written', async () => {
        await furnish(lab);
        const { capabilities } = await until(lab.api.target.watch({}), ({ state }) => state === 'ready');
        const wrong: unknown[] = [];
        let refused = 0;
        for (const [id, call] of Object.entries(walk) as [OfferId, (typeof walk)[OfferId]][]) {
          if (call === 'variants') continue;
          // The cure that is clicked is the same as that button.
          const why = whyNot(capabilities, id === 'why.cure' ? 'machines.act:start' : id);
          const from = lab.kind === 'cluster' ? lab.cluster.seen.length : 0;
          const end = await endOf(call(lab.api, { lab, url, image, machineFile: exported }));
          const problem = end.state === 'refused' ? end.problem : undefined;
          if (end.state === 'hangs') wrong.push({ id, why, end });
          else if (!why) {
            const known = expected[id];
            const here = !known?.on || (lab.kind === 'cluster' && known.on.includes(lab.cluster.fixture.name));
            if (problem && !(here && known?.codes.includes(problem.code))) wrong.push({ id, problem });
          } else if (atTheDoor(id)) {
            refused += 1;
            if (problem?.code !== 'target-cannot' || problem.detail !== why.reason || problem.fix !== why.remedy) wrong.push({ id, why, end }); // prettier-ignore
            const seen = lab.kind === 'cluster' ? lab.cluster.seen.slice(from) : [];
            const written = seen.filter(({ method, path }) => changes(method, path.split('?')[0] ?? '', Object.fromEntries(new URLSearchParams(path.split('?')[1])))); // prettier-ignore
            if (written.length > 0) wrong.push({ id, written });
          } else if (typeOf(id) === 'pipe' && !problem) wrong.push({ id, why, end });
        }
        expect(wrong).toEqual([]);
        // That one can do everything that is stopped at the door.
        if (lab.kind === 'cluster' && lab.cluster.fixture.name !== 'two-nodes-rwx') expect(refused).toBeGreaterThan(0);
      }, 120_000);
    },
    options,
  );
}
everyOffer('every offer', { kinds: ['engine'] });
for (const cluster of fixtureNames()) everyOffer(`every offer, ${cluster}`, { kinds: ['cluster'], cluster });
