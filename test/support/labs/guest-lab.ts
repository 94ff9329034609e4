import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createConsoles } from '../../../main/backend/consoles/consoles.ts';
import type { Consoles } from '../../../main/backend/consoles/consoles.ts';
import type { SerialMark } from '../../../main/backend/consoles/serial.ts';
import { imageNamespace, imageObject } from '../../../main/backend/images/manifest.ts';
import { createGuestSsh } from '../../../main/backend/labs/checks/guest-ssh.ts';
import type { LookContext } from '../../../main/backend/labs/checks/look-types.ts';
import { buildLab, namespaceObject } from '../../../main/backend/labs/start/build.ts';
import { buildFacts } from '../../../main/backend/labs/start/facts.ts';
import type { Log } from '../../../main/backend/log.ts';
import { kindOf, kinds, subresourcePath } from '../../../main/backend/target/kinds.ts';
import { openTarget } from '../../../main/backend/target/target.ts';
import type { OpenTarget } from '../../../main/backend/target/target.ts';
import { labFileSchema } from '../../../main/contract/labs/file.ts';
import type { LabFile } from '../../../main/contract/labs/file.ts';
import { labNamespace } from '../../../main/contract/labs/words.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { TestEngine } from '../engine.ts';
import { starterImage } from '../starter.ts';

const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log } as unknown as Log;

/** The machines and objects of a lab file on a real engine, and what its probes look with. */
export interface GuestLab {
  readonly lab: LabFile;
  readonly target: OpenTarget;
  readonly consoles: Consoles;
  readonly context: LookContext;
  /** Where serial consoles were when a step began. */
  readonly marks: Map<string, SerialMark>;
  /** Runs a command as root in a guest; throws when it fails. */
  root(machine: string, command: string): Promise<string>;
  /** As the buttons of a machine. */
  power(machine: string, action: 'start' | 'stop'): Promise<void>;
  /** Types into the serial console. */
  type(machine: string, text: string): Promise<void>;
  close(): Promise<void>;
}

export async function openGuestLab(yaml: string): Promise<GuestLab> {
  const lab = labFileSchema.parse(parse(yaml));
  const namespace = labNamespace(lab.metadata.name);
  const [image, engine, folder] = await Promise.all([starterImage(), TestEngine.start(), mkdtemp(join(tmpdir(), 'hearth-guest-lab-'))]); // prettier-ignore
  const target = await openTarget({ id: 'quick-lab', name: 'Quick lab', kubeconfig: engine.kubeconfig, log });
  const { client } = target;
  const consoles = createConsoles(target, { folder: join(folder, 'consoles'), log });
  const ssh = createGuestSsh({ target, namespace, folder: join(folder, 'ssh'), userOf: () => 'hearth', log });
  const marks = new Map<string, SerialMark>();
  const create = async (object: KubeObject): Promise<void> => {
    const kind = kindOf(object);
    if (!kind) throw new Error(`what is a ${object.kind}?`);
    await client.create(kind, object);
  };
  await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: imageNamespace } }).catch(() => undefined); // it may be there
  await create(imageObject({ name: 'starter', displayName: 'Starter', origin: 'built here', source: { type: 'path', path: image, mode: 'in-place' }, kind: 'disk' })); // prettier-ignore
  await create(namespaceObject(lab));
  const facts = await buildFacts(lab, target, { values: () => undefined, key: await ssh.publicKey() });
  for (const object of buildLab(lab, facts)) await create(object);
  const power = async (machine: string, action: 'start' | 'stop'): Promise<void> => {
    const path = subresourcePath(kinds.virtualMachines, { namespace, name: machine }, action);
    await client.json('PUT', path, { body: action === 'stop' ? { gracePeriod: 0 } : {} });
  };
  return {
    lab,
    target,
    consoles,
    marks,
    context: { target, namespace, consoles, ssh, mark: (machine) => marks.get(machine) },
    async root(machine, command) {
      const { exit, out, err } = await ssh.run(machine, { user: 'root', command }, AbortSignal.timeout(30_000));
      if (exit !== 0) throw new Error(`${command} ended with ${exit}: ${out}${err}`);
      return out;
    },
    power,
    async type(machine, text) {
      const pipe = await consoles.serial({ namespace, name: machine });
      await pipe.write(Buffer.from(text));
      pipe.close();
    },
    async close() {
      ssh.close();
      // Switched off, not shut down: nobody waits for the guests.
      for (const { name } of lab.machines) await power(name, 'stop').catch(() => undefined); // it may be off
      await engine.kubectl(['delete', 'vm', '--all', '-n', namespace, '--wait=true', '--timeout=28s']);
      await consoles.close();
      target.close();
      await engine.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
