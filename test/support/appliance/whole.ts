import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { applianceSettingsSchema } from '../../../main/contract/appliance.ts';
import type { Appliance, ApplianceSettings, Place, RunLine } from '../../../main/contract/appliance.ts';
import type { Task } from '../../../main/contract/task.ts';
import { openSession } from '../../../main/cli/appliance/session.ts';
import type { Session } from '../../../main/cli/appliance/session.ts';
import type { Fetcher } from '../../../main/backend/provision/fetch/fetcher.ts';
import type { Download } from '../../../provisioning/plan.ts';
import { Guest } from './guest.ts';
import { recipe } from './image/recipe.ts';
import { Mirror } from './mirror.ts';

/** Programs that Hearth pins no digest of, so that the mirror may serve the stand-in under their names. */
export const versions = { k3s: 'v1.36.2+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.66.0' } as const;
/** What may come after them, and is on the mirror too. */
export const later = { k3s: 'v1.36.3+k3s1', k3sAfter: 'v1.36.4+k3s1', cdi: 'v1.66.1' } as const;

/** How a run of the appliance ended. */
export interface Ended {
  task: Task;
  lines: RunLine[];
  seconds: number;
}

type Start = (appliances: Session['appliances']) => Promise<{ taskId: string }> | { taskId: string };

/** A loopback address for one guest alone: several may run on one computer, and 6443 is always the same. */
export const ownAddress = (): string => {
  const part = (from: number, to: number): number => from + Math.floor(Math.random() * (to - from));
  return `127.${part(16, 240)}.${part(1, 250)}.${part(2, 250)}`;
};

/** The digest of the stand-in cannot be that of the real program: it is checked by the release's list, as unpinned ones are. */
const byTheList = (download: Download): Download => {
  const { sha256, ...rest } = download;
  if (sha256 === undefined || !/^k3s-v[\d.]+\+k3s\d+-amd64$/.test(download.name)) return download;
  return { ...rest, checksums: { url: download.url.replace(/k3s$/, 'sha256sum-amd64.txt'), file: 'k3s' } };
};
export const withoutPins = (fetcher: Fetcher): Fetcher => ({
  ...fetcher,
  have: (downloads) => fetcher.have(downloads.map(byTheList)),
  fetch: (downloads, options) => fetcher.fetch(downloads.map(byTheList), options),
});

/**
 * A whole appliance to be: a guest that is dialled over SSH as an ordinary user whose sudo asks for a password, a mirror of
 * the releases, and Hearth's own parts put together as the commands of the terminal put them. Nothing of Hearth stands in.
 */
export class Whole {
  readonly guest: Guest;
  readonly mirror: Mirror;
  readonly dataDir: string;
  readonly place: Extract<Place, { type: 'ssh' }>;
  readonly sudo = recipe.user.password;
  #session: Session | undefined;

  private constructor(guest: Guest, mirror: Mirror, dataDir: string, place: Extract<Place, { type: 'ssh' }>) {
    this.guest = guest;
    this.mirror = mirror;
    this.dataDir = dataDir;
    this.place = place;
  }

  static async open(): Promise<Whole> {
    const address = ownAddress();
    const guest = await Guest.start({ address });
    const mirror = await Mirror.open();
    for (const version of [versions.k3s, later.k3s, later.k3sAfter]) await mirror.serveK3s(version);
    mirror.serveKubeVirt(versions.kubevirt);
    for (const version of [versions.cdi, later.cdi]) mirror.serveCdi(version);
    const dataDir = await mkdtemp(join(tmpdir(), 'hearth-whole-'));
    await (await guest.loginAs(recipe.user.name)).close();
    // Debian's sudo leaves this behind at its first use.
    await guest.script('install -o ada -g ada -m 644 /dev/null /home/ada/.sudo_as_admin_successful');
    const place = {
      type: 'ssh', host: address, port: guest.sshPort, user: recipe.user.name, auth: { by: 'key', path: guest.key },
    } as const; // prettier-ignore
    const whole = new Whole(guest, mirror, dataDir, place);
    const session = await whole.session();
    // As a person does it: the key is shown, and accepted.
    const { hostKey } = await session.appliances.sshProbe({ host: address, port: guest.sshPort }, context());
    Object.assign(place, { hostKey });
    return whole;
  }

  /** Hearth on this computer; opened anew when it was closed. */
  async session(): Promise<Session> {
    return (this.#session ??= await openSession(this.dataDir, { fetcher: withoutPins }));
  }
  async closeSession(): Promise<void> {
    await this.#session?.close();
    this.#session = undefined;
  }
  async end(): Promise<void> {
    await this.closeSession();
    await this.mirror.close();
    await this.guest.end();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** What the preflight suggests for this machine, with the releases of the mirror. */
  async settings(change: Partial<ApplianceSettings> = {}): Promise<ApplianceSettings> {
    const { appliances } = await this.session();
    const { suggested } = await appliances.preflight({ place: this.place }, context());
    return applianceSettingsSchema.parse({ ...suggested, versions, mirror: this.mirror.url, ...change });
  }

  /** Starts something and waits for its end, whatever that is. */
  async ended(start: Start): Promise<Ended> {
    const { appliances, tasks } = await this.session();
    const started = Date.now();
    const { taskId } = await start(appliances);
    const lines: RunLine[] = [];
    for await (const some of appliances.log({ taskId }, context())) lines.push(...some);
    for await (const update of tasks.watch(context().signal)) {
      const rows = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
      const task = rows.find(({ id }) => id === taskId);
      if (task && task.state !== 'running') return { task, lines, seconds: (Date.now() - started) / 1000 };
    }
    throw new Error('the list of tasks ended');
  }
  /** The same for what must go well; else its problem and the last lines of its log are the error. */
  async done(start: Start): Promise<Ended> {
    const ended = await this.ended(start);
    if (ended.task.state === 'done') return ended;
    const last = ended.lines.slice(-60).map(({ level, text }) => `${level} ${text}`);
    throw new Error(`${ended.task.title}: ${JSON.stringify(ended.task.problem, undefined, 1)}\n${last.join('\n')}`);
  }

  /** The appliance as pages see it, as soon as `holds` of it. What was seen last is the error when it never does. */
  async seen(what: string, holds: (appliance: Appliance) => boolean, seconds = 180): Promise<Appliance> {
    const { appliances } = await this.session();
    const stop = AbortSignal.timeout(seconds * 1000);
    let last: Appliance | undefined;
    const from = new Date().toISOString();
    try {
      for await (const update of appliances.watch({}, { signal: stop })) {
        const rows = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
        const row = rows.find(({ id }) => id.startsWith('box-'));
        last = row ?? last;
        // What is told from before is not what is so now.
        if (row && row.at >= from && holds(row)) return row;
      }
    } catch (error) {
      if (!stop.aborted) throw error;
    }
    throw new Error(`not within ${seconds} s: ${what}: ${JSON.stringify(last, undefined, 1)}`);
  }

  /** The program `hearth`, as a process of its own that may be killed. */
  cli(args: readonly string[]) {
    const main = join(import.meta.dirname, '../../../main/cli.ts');
    const { host, port, user, hostKey = '' } = this.place;
    const where = ['--ssh', `${user}@${host}:${port}`, '--key', this.guest.key, '--host-key', hostKey];
    return execa(
      process.execPath,
      [main, ...args, ...where, '--password-stdin', '--yes', '--json', '--data-dir', this.dataDir],
      { input: `${this.sudo}\n`, reject: false, timeout: 900_000, all: true },
    );
  }
}

export const context = (): { signal: AbortSignal } => ({ signal: new AbortController().signal });

/** Says how long something took, and which steps took most of it. */
export function tellTimes(what: string, { task, seconds }: Ended): void {
  const steps = task.steps.flatMap(({ title, startedAt, endedAt }) =>
    startedAt && endedAt ? [{ title, seconds: (Date.parse(endedAt) - Date.parse(startedAt)) / 1000 }] : [],
  );
  const longest = steps.sort((a, b) => b.seconds - a.seconds).slice(0, 4);
  const told = longest.map((step) => `${step.title} ${step.seconds.toFixed(1)}`).join(', ');
  console.error(`appliance: ${what} ${seconds.toFixed(1)} s (${told})`);
}
