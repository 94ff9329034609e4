import { request } from 'node:https';
import type { BoxAction, BoxActionResult } from '../../contract/box/actions.ts';
import { addressesOf } from '../../contract/box/address.ts';
import type { BoxJoinTicket } from '../../contract/box/upkeep.ts';
import type { BoxHello, BoxState, PairedApp } from '../../contract/box/state.ts';
import type { ContractHandlers } from '../../contract/contract.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import type { KeyPair } from '../boxes/pairing/certificate.ts';
import { fingerprintOfPeer } from '../carrier/box-peer.ts';
import { ownHosts } from '../carrier/hosts.ts';
import type { BoxDoors } from '../carrier/box-doors.ts';
import { startBoxWeb } from '../carrier/box-web.ts';
import type { BoxWeb } from '../carrier/box-web.ts';
import type { Served } from '../carrier/served.ts';
import type { SignIn } from '../carrier/sign-in.ts';
import type { Log } from '../log.ts';
import type { DataPaths } from '../paths.ts';
import type { LiveValue } from '../target/live-value.ts';
import type { Tasks } from '../tasks/tasks.ts';
import type { Account } from './account.ts';
import type { AgentClient } from './agent-client.ts';
import { announce } from './announce.ts';
import type { Announcing } from './announce.ts';
import type { Apps } from './apps.ts';
import { createBrowserDoor } from './browsers.ts';
import { createCodeDoor } from './code.ts';
import type { CodeDoor, ShownCode } from './code.ts';
import { notYet } from './console.ts';
import { notKnown } from './handlers.ts';
import type { createIncoming } from './incoming.ts';
import { readKubeconfig } from './join.ts';
import { logBundle } from './log-bundle.ts';
import { createPairing } from './pairing.ts';
import type { Pairing } from './pairing.ts';
import { createScreen } from './screen.ts';
import { boxHello } from './state.ts';

export interface DoorsOptions extends Pick<Served, 'pages' | 'download' | 'exported' | 'upload'> {
  port: number;
  host?: string | undefined;
  announce?: boolean;
  version: string;
  paths: DataPaths;
  agent: AgentClient;
  apps: Apps;
  account: Account;
  signIn: SignIn;
  state: LiveValue<BoxState | undefined>;
  /** What stands on the screen is put here. */
  code: LiveValue<ShownCode | undefined>;
  tasks: Tasks;
  incoming: ReturnType<typeof createIncoming>;
  attach: Served['attach'];
  act: (app: PairedApp, action: BoxAction, at: string) => Promise<BoxActionResult>;
  handlers: ContractHandlers['ownBox'];
  joinTicket: () => Promise<BoxJoinTicket>;
  signal: AbortSignal;
  log: Log;
}

/** What is open while the box has its key. */
interface Open {
  pair: KeyPair;
  web: BoxWeb;
  code: CodeDoor;
}

/** The box's door to the network, its screen and its announcement; all of them need its key. */
export function createDoors(options: DoorsOptions) {
  const { agent, apps, account, state, code: shownCode, log } = options;
  const screen = createScreen({ agent, apps, account, state, code: shownCode, log });
  let open: Open | undefined;
  let announcing: Promise<Announcing> | undefined;

  const hello = (code: CodeDoor): BoxHello => {
    const { state: known, connected } = agent.now.value;
    const now = state.value;
    if (!known || !now) throw notKnown();
    const secret = connected && known.enrolment;
    return boxHello(now, { code: code.shown() !== undefined, secret });
  };
  const told = (): void => {
    screen.draw();
    if (!open || options.announce === false) return;
    const { pair, web, code } = open;
    announcing ??= announce(log);
    announcing
      .then((announcing) =>
        announcing.say({
          hello: hello(code),
          fingerprint: pair.fingerprint,
          port: web.port,
          addresses: (state.value?.addresses ?? []).flatMap(addressesOf),
          cards: (state.value?.addresses ?? []).flatMap(({ ipv6 = [], interface: name }) =>
            ipv6.length > 0 ? name : [],
          ),
        }),
      ) // prettier-ignore
      .catch((error: unknown) => log.debug({ err: error }, 'the box is not announced yet'));
  };
  let trusted = new Set(apps.list().map(({ fingerprint }) => fingerprint));
  apps.onChange(() => {
    open?.code.recheck();
    const now = new Set(apps.list().map(({ fingerprint }) => fingerprint));
    const gone = new Set([...trusted].filter((fingerprint) => !now.has(fingerprint)));
    trusted = now;
    if (gone.size > 0) open?.web.cut((fingerprint) => gone.has(fingerprint));
  });

  function behind(pairing: Pairing, code: CodeDoor): BoxDoors {
    const { handlers, tasks } = options;
    const context = { signal: options.signal };
    return {
      hello(caller) {
        pairing.hello(caller);
        return hello(code);
      },
      pairBySecret: (caller, input) => pairing.pairBySecret(caller, input),
      pairByCode: (caller, input) => pairing.pairByCode(caller, input),
      confirmCode: (caller, input) => pairing.confirmCode(caller, input),
      trusted: (caller) => pairing.trusted(caller),
      async *state(signal) {
        for await (const now of state.watch(AbortSignal.any([signal, options.signal]))) if (now) yield now;
      },
      act: options.act,
      task(id) {
        const task = tasks.get(id);
        if (task) return task;
        throw new ProblemError({ code: 'not-found', title: 'No such task', detail: `The box knows no task ${id} (any more).` }); // prettier-ignore
      },
      health: async () => handlers.health({}, context),
      resetPreview: async () => handlers.resetPreview({}, context),
      logs: async (lines) => handlers.logs({ lines }, context),
      logBundle: async (signal) => {
        if (!state.value) throw notKnown();
        return logBundle({ agent, state: state.value, log: options.paths.log, signal });
      },
      kubeconfig: (address) => readKubeconfig(options.paths, address),
      joinTicket: options.joinTicket,
      receiveUpdate: (body, signal) => options.incoming.receive(body, signal),
      leave: ({ fingerprint }) => apps.remove(fingerprint, false),
    };
  }

  async function shut(): Promise<void> {
    const former = open;
    open = undefined;
    former?.code.close();
    shownCode.set(undefined);
    await former?.web.close();
  }

  return {
    told,
    recheck: () => open?.code.recheck(),
    /** Sessions are over: so are the pages that were opened with them. */
    endPages: () => open?.web.endPages(),
    async open(pair: KeyPair): Promise<void> {
      const code = createCodeDoor({
        fingerprint: pair.fingerprint,
        // Nobody is there yet who could ask for a code.
        standing: () => apps.list().length === 0 && account.name === undefined,
        onChange(shown) {
          shownCode.set(shown);
          screen.draw();
        },
      });
      const who = () => {
        const now = state.value;
        if (!now) throw notKnown();
        return { boxId: now.boxId, name: now.name };
      };
      const pairing = createPairing({ fingerprint: pair.fingerprint, apps, code, agent, who, log });
      const browsers = createBrowserDoor({ account, code, signIn: options.signIn });
      const web = await startBoxWeb({
        ...options,
        cookie: '__Host-hearth-box',
        tls: { cert: pair.cert, key: pair.key },
        browsers,
        doors: behind(pairing, code),
        names: () => ownHosts([...(state.value ? [state.value.name] : []), ...(state.value?.addresses ?? []).flatMap(addressesOf)]), // prettier-ignore
      });
      open = { pair, web, code };
      screen.on({ fingerprint: pair.fingerprint, port: web.port });
      told();
    },
    cannotOpen(problem: Problem): void {
      screen.on({ fingerprint: '', port: options.port, problem: `${problem.title}. ${problem.fix ?? problem.detail}` });
    },
    /** Throws while the key is damaged. */
    code(): CodeDoor {
      if (!open) throw notYet();
      return open.code;
    },
    port: () => open?.web.port,
    /** Throws when this very server does not answer with its own key. */
    async answers(): Promise<void> {
      if (!open) throw notYet();
      await answersAt(open.web.port, open.pair.fingerprint, options.host);
    },
    shut,
    async close(): Promise<void> {
      await shut();
      await (await announcing?.catch(() => undefined))?.close();
    },
  };
}
export type Doors = ReturnType<typeof createDoors>;

/** Asks the server as an app would. */
function answersAt(port: number, fingerprint: string, host = '127.0.0.1'): Promise<void> {
  return new Promise((resolve, reject) => {
    const to = { host: host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host, port };
    const asked = request(
      { ...to, path: '/box/hello', rejectUnauthorized: false, agent: false, timeout: 10_000 },
      (answer) => {
        // prettier-ignore
        answer.resume();
        const ours = fingerprintOfPeer(answer.socket) === fingerprint;
        if (answer.statusCode === 200 && ours) resolve();
        else reject(new Error(`the pages answer with status ${answer.statusCode}`));
      },
    );
    asked.once('timeout', () => asked.destroy(new Error('the pages do not answer')));
    asked.once('error', reject);
    asked.end();
  });
}
