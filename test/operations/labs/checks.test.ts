import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { look } from '../../../main/backend/labs/checks/look.ts';
import type { Look } from '../../../main/backend/labs/checks/look-types.ts';
import { watchChecks } from '../../../main/backend/labs/checks/watch.ts';
import type { LabCheckState } from '../../../main/contract/labs/run.ts';
import { openGuestLab } from '../../support/labs/guest-lab.ts';
import type { GuestLab } from '../../support/labs/guest-lab.ts';
import { probe } from '../../support/labs/lab-target.ts';

/** Two starter guests on a network of their own; what the checks of the step want is not done yet. */
const file = `
apiVersion: labs.hearth.dev/v1
kind: Lab
metadata: { name: probes, title: Probes, summary: Every probe once., minutes: 1, level: beginner }
images: [{ name: starter, use: starter }]
networks: [{ name: blue, subnet: 10.9.0.0/24 }]
machines:
  - { name: web, image: starter, networks: [pod, blue=10.9.0.10], start: false, firmware: bios }
  - { name: db, image: starter, networks: [pod, blue=10.9.0.11], start: false, firmware: bios }
objects:
  - apiVersion: v1
    kind: Service
    metadata: { name: pages }
    spec: { selector: { hearth.dev/lab: probes }, ports: [{ port: 8000, targetPort: 8080 }] }
steps:
  - id: all
    title: All of them
    text: Do everything.
    checks:
      - { id: api, title: web runs, message: Start web., every: 500ms, api: { kind: VirtualMachineInstance, name: web, path: .status.phase, equals: Running } }
      - { id: serial, title: web was logged in to, message: Log in., every: 500ms, serial: { machine: web, since: step, contains: 'Password:' } }
      - { id: screen, title: the screen greets, message: Write on tty1., every: 500ms, screen: { machine: web, contains: 'Hello on the screen' } }
      - { id: http, title: web has a page, message: Write the page., every: 500ms, http: { machine: web, port: 80, path: /lab.html, contains: 'a page of the lab' } }
      - { id: service, title: both answer, message: Start httpd on 8080 on both., every: 500ms, http: { service: pages, port: 8000, path: /name, times: 4, distinct: 2 } }
      - { id: tcp, title: port 8080 is open, message: Start httpd., every: 500ms, tcp: { machine: web, port: 8080 } }
      - { id: closed, title: port 80 of db is closed, message: Stop httpd on db., every: 500ms, tcp: { machine: db, port: 80, open: false } }
      - { id: ssh, title: the file is there, message: Touch it., every: 500ms, ssh: { machine: web, command: cat /tmp/done, equals: yes } }
      - { id: agent, title: its name is shop, message: Rename it., every: 500ms, agent: { machine: web, path: .hostname, equals: shop } }
      - { id: ping, title: db answers web, message: Bring the card up., every: 500ms, ping: { from: web, to: db, count: 1 } }
`;
const bootMs = 120_000;

let lab: GuestLab;
let over: AbortController;
// A second try of the test begins with machines that are off, as the first did.
beforeEach(async () => {
  over = new AbortController();
  lab = await openGuestLab(file);
}, 180_000);
afterEach(async () => {
  over.abort();
  await lab?.close();
}, 60_000);

const see = (written: Parameters<typeof probe>[0]): Promise<Look> =>
  look(probe(written), lab.context, { timeout: '15s', signal: new AbortController().signal });

describe('the checks of a step on real guests', () => {
  it('are red, turn green each by what is done in the guest, and red again when it is undone', async () => {
    let states: readonly LabCheckState[] = [];
    const watch = watchChecks(lab.lab.steps[0]?.checks ?? [], {
      signal: over.signal,
      look: (check, signal) => look(check, lab.context, { timeout: '15s', signal }),
      tell: (now) => (states = now),
    });
    const of = (id: string): LabCheckState | undefined => states.find((each) => each.id === id);
    const is = (id: string, state: LabCheckState['state'], timeout = 30_000): Promise<void> =>
      expect.poll(() => [of(id)?.state, of(id)?.told], { timeout, message: `${id} has to be ${state}` }).toEqual([state, state === 'passed' ? undefined : expect.any(String)]); // prettier-ignore

    // Nothing runs: everything is red, and says so.
    await watch.now();
    expect(states.map(({ id, state }) => `${id} ${state}`)).toEqual(states.map(({ id }) => `${id} failed`));
    expect(of('http')?.told).toBe('web is off: start it.');
    expect(of('api')?.told).toBe('There is no VirtualMachineInstance web yet.');

    await Promise.all(['web', 'db'].map((machine) => lab.power(machine, 'start')));
    await is('api', 'passed', bootMs);
    const booted = (machine: string) => expect.poll(() => see({ ssh: { machine, command: 'true' } }), { timeout: bootMs, interval: 500 }).toEqual({ passed: true }); // prettier-ignore
    await Promise.all([booted('web'), booted('db')]);
    // Without any agent: the login prompt on the screen, and the same on the serial console.
    await expect.poll(() => see({ screen: { machine: 'web', matches: '^web login:' } }), { timeout: 30_000 }).toEqual({ passed: true }); // prettier-ignore
    const ref = { namespace: lab.context.namespace, name: 'web' };
    expect(await lab.consoles.screenText(ref, over.signal)).toMatchObject({ cols: 80, unreadable: 0, rows: expect.arrayContaining([expect.stringContaining('Hearth starter: a small Linux for first steps') as string]) as string[] }); // prettier-ignore
    expect(await see({ serial: { machine: 'web', matches: '^web login:' } })).toEqual({ passed: true });

    lab.marks.set('web', await lab.consoles.serialMark(ref));
    await watch.now();
    for (const id of ['serial', 'screen', 'http', 'service', 'tcp', 'closed', 'ssh', 'agent']) await is(id, 'failed');
    // A guest that has much to do may say something else for a moment.
    const says = (id: string, words: RegExp): Promise<void> => expect.poll(() => of(id)?.told, { timeout: 30_000 }).toMatch(words); // prettier-ignore
    await says('http', /^Port 80 of web answers 404 instead of 200/);
    await says('tcp', /^Port 8080 of web takes no connection: it is closed\.$/);
    await says('ssh', /No such file or directory/);

    await lab.type('web', 'hearth\r');
    await is('serial', 'passed');
    await lab.root('web', 'echo "Hello on the screen: Größe ½ ╔═╗" >/dev/tty1');
    await is('screen', 'passed');
    await lab.root('web', 'echo "a page of the lab" >/var/www/lab.html');
    await is('http', 'passed');
    for (const machine of ['web', 'db']) await lab.root(machine, `mkdir -p /srv/p && echo ${machine} >/srv/p/name && httpd -p 8080 -h /srv/p`); // prettier-ignore
    await is('tcp', 'passed');
    await is('service', 'passed');
    await lab.root('db', "kill $(pidof httpd | tr ' ' '\\n' | sort -n | head -n 1)");
    await is('closed', 'passed');
    await lab.root('web', 'echo yes >/tmp/done');
    await is('ssh', 'passed');
    await lab.root('web', 'hostname shop');
    await is('agent', 'passed');
    await is('ping', 'passed');
    await watch.now();
    expect(states.filter(({ state }) => state !== 'passed')).toEqual([]);

    await lab.root('db', 'ip link set eth1 down');
    await is('ping', 'failed');
    await says('ping', /From web to db 100 % of 1 packets were lost|no way/);
    await lab.root('web', 'rm /tmp/done; kill $(pidof qemu-ga)');
    await is('ssh', 'failed');
    await is('agent', 'failed');
    await lab.power('web', 'stop');
    await is('api', 'failed');
    await is('http', 'failed');
    // What the serial console said is kept.
    await watch.now();
    expect(of('serial')?.state).toBe('passed');
  });
});
