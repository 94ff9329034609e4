import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { converse } from '../../../main/cli/expect.ts';
import { createCheckpoints } from '../../../main/backend/labs/rewind/checkpoints.ts';
import type { Checkpoints, LabPlace } from '../../../main/backend/labs/rewind/checkpoints.ts';
import { dataPaths } from '../../../main/backend/paths.ts';
import { openTarget } from '../../../main/backend/target/target.ts';
import type { OpenTarget } from '../../../main/backend/target/target.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { CreateMachineInput } from '../../../main/contract/machine.ts';
import { guestsOf } from '../../e2e/support/lab.ts';
import { password, withStarter } from '../../e2e/support/guest.ts';
import { silentLog } from '../boxes/silent-log.ts';
import { startHearth, temporaryDataDir } from '../hearth.ts';
import type { Hearth, Page } from '../hearth.ts';
import { kubeOf } from '../kube.ts';
import type { Kube } from '../kube.ts';
import { starterImage } from '../starter.ts';

export const lab = 'again';
export const namespace = `lab-${lab}`;

/** Three small guests in the namespace of a lab, on a real Hearth, and the checkpoints of that lab. */
export class RewindLab {
  readonly hearth: Hearth;
  readonly page: Page;
  readonly target: OpenTarget;
  readonly checkpoints: Checkpoints;
  readonly kube: Kube;
  readonly #remove: () => void;
  #asked = 0;

  private constructor(parts: { hearth: Hearth; page: Page; target: OpenTarget; remove: () => void }) {
    this.hearth = parts.hearth;
    this.page = parts.page;
    this.target = parts.target;
    this.#remove = parts.remove;
    this.kube = kubeOf(this.hearth.kubeconfig);
    this.checkpoints = createCheckpoints({ paths: dataPaths(this.hearth.dataDir), log: silentLog });
  }

  static async start(): Promise<RewindLab> {
    const data = temporaryDataDir();
    const image = await starterImage();
    for (const from of [image, image.replace(/qcow2$/, 'json')])
      cpSync(from, join(data.path, 'starter', basename(from)));
    const hearth = await startHearth(data.path, { args: ['--stop-vms'] });
    const page = await hearth.page();
    // The engine of a busy computer comes up after the page.
    for await (const { state } of page.api.target.watch({})) if (state === 'ready') break;
    const target = await openTarget({ id: 'quick', name: 'Quick', kubeconfig: hearth.kubeconfig, log: silentLog });
    return new RewindLab({ hearth, page, target, remove: () => data.remove() });
  }
  async end(): Promise<void> {
    this.target.close();
    this.page.close();
    await this.hearth.stop();
    this.#remove();
  }

  get place(): LabPlace {
    return { target: this.target, lab };
  }
  /** A starter guest of 128 MiB with its web page on a port of this computer. */
  async machine(name: string, more: Partial<CreateMachineInput> = {}): Promise<void> {
    await this.page.api.machines.create(
      createMachineSchema.parse({
        name,
        namespace,
        source: { type: 'image', image: await withStarter(this.page.api) },
        size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 128 * 2 ** 20 },
        firmware: 'bios',
        runStrategy: 'Manual',
        start: true,
        cloudInit: { type: 'yaml', userData: `#cloud-config\nhostname: ${name}\npassword: ${password}\n` },
        network: { forwards: [{ guestPort: 80 }] },
        ...more,
      }),
    );
  }
  /** Logs in on the serial console; the session stays, also in a checkpoint's memory. */
  async logIn(name: string): Promise<void> {
    const line = converse(await this.page.api.consoles.serial({ namespace, name }));
    try {
      await line.expect(/login: ?$/m, 240_000);
      await line.send('root\n');
      await line.expect(/assword: ?/, 240_000);
      await line.send(`${password}\n`);
      await line.expect(/# /, 240_000);
    } finally {
      line.close();
    }
  }
  /** Asks the session that is logged in. The scrollback comes first, so each question has its own mark. */
  async ask(name: string, question: string, patience = 120_000): Promise<string> {
    const mark = (this.#asked += 1);
    const line = converse(await this.page.api.consoles.serial({ namespace, name }));
    try {
      // What is typed while the console is being connected anew is lost, as it says: hence first until somebody listens.
      const listens = line.expect(new RegExp(`listens${mark}`), patience);
      const asking = setInterval(() => void line.send(`\necho "lis""tens${mark}"\n`).catch(() => undefined), 2000);
      await line.send(`\necho "lis""tens${mark}"\n`);
      await listens.finally(() => clearInterval(asking));
      await line.send(`\necho "be""gin${mark}"; ${question}; echo "en""d${mark}"\n`);
      const text = await line.expect(new RegExp(`begin${mark}\\r?\\n[^]*end${mark}\\r?\\n`), patience);
      return text
        .slice(text.lastIndexOf(`begin${mark}`))
        .replaceAll('\r', '')
        .split('\n')
        .slice(1, -2)
        .join('\n');
    } finally {
      line.close();
    }
  }
  /** What its web page says, on the port of this computer that leads to it; waits until it answers. */
  async web(name: string, path = '/', patience = 60_000): Promise<string> {
    let last: unknown;
    for (const end = Date.now() + patience; Date.now() < end; await delay(50))
      try {
        const answer = await fetch(`http://127.0.0.1:${await this.port(name)}${path}`, { signal: AbortSignal.timeout(3000) }); // prettier-ignore
        if (answer.ok) return await answer.text();
        last = answer.status;
      } catch (error) {
        last = error;
      }
    throw new Error(`${name} does not answer: ${String(last)}`);
  }
  async port(name: string): Promise<number> {
    const { spec } = await this.kube.request('GET', `/api/v1/namespaces/${namespace}/services/${name}-tcp-80`);
    return (spec as { ports: { nodePort: number }[] }).ports[0]?.nodePort ?? 0;
  }
  engine(): number {
    const [found] = guestsOf(this.hearth.dataDir, 'node').filter(({ argv }) => argv.some((part) => /engine\.js|embedded\/main\.ts/.test(part))); // prettier-ignore
    if (!found) throw new Error('the engine does not run');
    return found.pid;
  }
  /** Kills the engine, and waits for the next one. */
  async killEngine(): Promise<void> {
    const old = this.engine();
    process.kill(old, 'SIGKILL');
    for (const end = Date.now() + 60_000; Date.now() < end; await delay(100))
      try {
        if (this.engine() === old) continue;
        await this.target.reload();
        await this.target.client.json('GET', '/version');
        return;
      } catch {
        continue; // not there yet
      }
    throw new Error('no next engine came');
  }
}
