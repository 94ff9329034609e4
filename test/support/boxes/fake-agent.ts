import { randomBytes } from 'node:crypto';
import type { AgentAsk, AgentState } from '../../../main/contract/box/agent.ts';
import { boxWishesSchema } from '../../../main/contract/box/settings.ts';
import type { BoxWishesInput, Enrolment } from '../../../main/contract/box/settings.ts';
import { startServer } from '../../../main/backend/boxes/agent/server.ts';
import { createState } from '../../../main/backend/boxes/agent/state.ts';
import { silentLog } from './silent-log.ts';

type Ask<K extends AgentAsk['do']> = Extract<AgentAsk, { do: K }>;
type Script = { [K in AgentAsk['do']]?: (ask: Ask<K>) => unknown };

/** A box's root agent behind its real socket, that does nothing to this computer and says what a test wants. */
export interface FakeAgent {
  readonly path: string;
  /** Everything that was asked, in order. */
  readonly asked: AgentAsk[];
  /** The newest question of a kind. */
  last<K extends AgentAsk['do']>(kind: K): Ask<K> | undefined;
  /** Answers of one's own, by kind; may throw a Problem. */
  readonly script: Script;
  readonly state: AgentState;
  set(change: { [Name in keyof AgentState]?: AgentState[Name] | undefined }): void;
  /** The secret at hand. */
  enrolment: Enrolment | undefined;
  wishes: BoxWishesInput;
  /** Ends and listens again. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export const agentState = (change: Partial<AgentState> = {}): AgentState => ({
  boxId: randomBytes(16).toString('hex'),
  image: { version: '1.2.3', medium: 'disk', slot: 'a' },
  stage: 'setup',
  words: 'Installed',
  addresses: [
    { interface: 'enp1s0', kind: 'ethernet', mac: '52:54:00:12:34:56', address: '192.168.77.20', link: true },
  ],
  network: { current: { addressing: { method: 'dhcp' } } },
  wishes: { hostName: 'hearth', keyboard: 'us', timeZone: 'UTC', language: 'en' },
  enrolment: false,
  update: { running: '1.2.3', other: { version: '1.2.2', slot: 'b' } },
  ...change,
});

export async function fakeAgent(path: string, first: Partial<AgentState> = {}): Promise<FakeAgent> {
  const state = createState(agentState(first), 5);
  const asked: AgentAsk[] = [];
  const script: Script = {};
  const kept: { enrolment: Enrolment | undefined; wishes: BoxWishesInput } = { enrolment: undefined, wishes: {} };
  const usual: Script = {
    enrolment: () => kept.enrolment ?? null,
    'enrolment-spent': () => {
      kept.enrolment = undefined;
      state.set({ enrolment: false });
    },
    wishes: () => boxWishesSchema.parse(kept.wishes),
    name: ({ hostName, keyboard, timeZone, language }) =>
      state.set({
        wishes: {
          hostName,
          keyboard: keyboard ?? state.now.wishes.keyboard,
          timeZone: timeZone ?? state.now.wishes.timeZone,
          language: language ?? state.now.wishes.language,
        },
      }),
    network: () => ({ id: 'trial-1', seconds: 60 }),
    health: () => ({
      uptime: 60, cpus: 2, load: [0, 0, 0], memory: { total: 4e9, available: 2e9 }, temperatures: [], filesystems: [], disks: [],
      failedUnits: [], clock: { synchronised: true, timeZone: 'UTC' }, findings: [], at: new Date().toISOString(),
    }),
    'log-files': () => [{ path: 'lsblk.txt', what: 'Disks', text: 'sda 20G' }],
    logs: ({ lines }) => ({
      lines: [{ at: new Date().toISOString(), unit: 'kernel', text: `token=${'s3cret'.repeat(4)} ${lines}` }],
    }),
  }; // prettier-ignore
  const handle = async (ask: AgentAsk): Promise<unknown> => {
    asked.push(ask);
    const answer = (script[ask.do] ?? usual[ask.do]) as ((ask: AgentAsk) => unknown) | undefined;
    return answer?.(ask);
  };
  const listen = () => startServer({ path, groups: '/nonexistent', state, handle, log: silentLog });
  let server = await listen();
  return {
    path,
    asked,
    script,
    last: (kind) => asked.findLast((ask) => ask.do === kind) as never,
    get state() {
      return state.now;
    },
    set: (change) => state.set(change),
    get enrolment() {
      return kept.enrolment;
    },
    set enrolment(value) {
      kept.enrolment = value;
      state.set({ enrolment: value !== undefined });
    },
    get wishes() {
      return kept.wishes;
    },
    set wishes(value) {
      kept.wishes = value;
    },
    async restart() {
      await server.close();
      server = await listen();
    },
    async close() {
      state.close();
      await server.close();
    },
  };
}
