import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Agent } from '../../../../main/backend/boxes/agent/agent.ts';
import { startServer } from '../../../../main/backend/boxes/agent/server.ts';
import { createState } from '../../../../main/backend/boxes/agent/state.ts';
import { questionLimit } from '../../../../main/backend/boxes/agent/wire.ts';
import type { AgentAsk, AgentState } from '../../../../main/contract/box/agent.ts';
import { agentLab, silent, until } from '../../../support/boxes/agent/agent-lab.ts';
import type { AgentLab } from '../../../support/boxes/agent/agent-lab.ts';
import { dial } from '../../../support/boxes/agent/asker.ts';
import type { Asker } from '../../../support/boxes/agent/asker.ts';

let lab: AgentLab;
let agent: Agent;
const clients: Asker[] = [];
const open = async (): Promise<Asker> => {
  const client = await dial(lab.at('/run/hearth/agent.sock'));
  clients.push(client);
  return client;
};
beforeEach(async () => {
  lab = await agentLab();
  agent = await lab.start();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await agent.close();
  await lab.remove();
});

describe('the socket of the agent', () => {
  it('is for root and its group only, and tells the state first', async () => {
    expect((await stat(lab.at('/run/hearth/agent.sock'))).mode & 0o777).toBe(0o660);
    const client = await open();
    await until('state', () => client.state, (state) => state !== undefined);
    expect(client.got[0]).toHaveProperty('state.boxId');
  }); // prettier-ignore

  it.each([
    ['no JSON', 'hello\n'],
    ['no question', '{"id":1}\n[]\n'],
    ['an unknown action', '{"id":7,"ask":{"do":"format-everything"}}\n'],
    ['a field too many', '{"id":7,"ask":{"do":"reboot","force":true}}\n'],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00, 0x0a])],
    ['__proto__', '{"id":7,"ask":{"do":"name","hostName":"x","__proto__":{"keyboard":"de"}}}\n'],
  ])('answers %s with a Problem and goes on', async (_, bytes) => {
    const client = await open();
    client.raw(bytes);
    const answer = await until('problem', () => client.got.find((message) => 'problem' in message), (found) => found !== undefined); // prettier-ignore
    expect(answer).toMatchObject({ problem: { code: 'agent-question' } });
    expect(await client.ask({ do: 'enrolment' })).toBeNull();
    expect(lab.ran.some((line) => line.includes('reboot'))).toBe(false);
  });

  it('ends a connection whose question does not end, and no other', async () => {
    const [bad, good] = [await open(), await open()];
    bad.raw('x'.repeat(questionLimit + 2000));
    await until('ended', () => bad.ended, Boolean);
    expect(bad.got.find((message) => 'problem' in message)).toMatchObject({ problem: { code: 'agent-question' } });
    expect(await good.ask({ do: 'enrolment' })).toBeNull();
  });

  it('takes a question in pieces and many in one', async () => {
    const client = await open();
    client.raw('{"id":1,"as');
    client.raw('k":{"do":"enrolment"}}\n{"id":2,"ask":{"do":"wishes"}}\n');
    const answers = await until('two answers', () => client.got.filter((message) => 'answer' in message), (found) => found.length === 2); // prettier-ignore
    expect(answers.map((message) => 'id' in message && message.id)).toEqual([1, 2]);
  });

  it('turns away the 33rd client, and serves again when one went', async () => {
    for (let index = 0; index < 32; index += 1) await open();
    const extra = connect(lab.at('/run/hearth/agent.sock'));
    await new Promise((resolve) => extra.on('close', resolve));
    clients.shift()?.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const next = await open();
    expect(await next.ask({ do: 'enrolment' })).toBeNull();
  }); // prettier-ignore

  it('starts only a few programs of the system at a time, whoever asks; some more wait, the rest is told', async () => {
    let [atWork, most] = [0, 0];
    const gate = Promise.withResolvers<void>();
    const path = lab.at('/run/hearth/other.sock');
    const handle = async ({ do: what }: AgentAsk): Promise<unknown> => {
      if (what !== 'logs') return null;
      most = Math.max(most, (atWork += 1));
      await gate.promise;
      atWork -= 1;
      return { lines: [] };
    };
    const server = await startServer({ path, groups: lab.at('/etc/group'), state: createState({ boxId: 'x', stage: 'setup', words: '' } as AgentState), handle, log: silent });
    const all = await Promise.all([dial(path), dial(path), dial(path)]);
    clients.push(...all);
    const ended: string[] = [];
    const asks = all.flatMap((client) => Array.from({ length: 10 }, () => client.ask({ do: 'logs', lines: 5 }).then(() => 'answered', (error: unknown) => (error as { problem: { code: string } }).problem.code).then((how) => ended.push(how))));
    await until('those that are too many', () => ended, ({ length }) => length === 10);
    expect(new Set(ended)).toEqual(new Set(['agent-busy']));
    // None of them is in the way of anything else.
    expect(await all[0]?.ask({ do: 'enrolment' })).toBeNull();
    gate.resolve();
    await Promise.all(asks);
    expect(ended.filter((each) => each === 'answered')).toHaveLength(20);
    expect(most).toBe(4);
    expect(await all[0]?.ask({ do: 'logs', lines: 5 })).toHaveProperty('lines');
    await server.close();
  }); // prettier-ignore

  it('a client that never reads does not hold back the others', async () => {
    const deaf = connect(lab.at('/run/hearth/agent.sock'));
    deaf.pause();
    const client = await open();
    for (let index = 0; index < 50; index += 1) await client.ask({ do: 'show', fingerprint: 'a'.repeat(64), port: 8443, apps: [`App ${index}`] }); // prettier-ignore
    expect(await client.ask({ do: 'enrolment' })).toBeNull();
    deaf.destroy();
  });

  it('shows what the own Hearth tells, on the screen and the serial line; no code there unless asked for', async () => {
    const client = await open();
    const shown: AgentAsk = { do: 'show', fingerprint: 'ab'.repeat(32), port: 8443, code: { digits: '12345678', until: Date.now() + 60_000 }, apps: ['Desk'] }; // prettier-ignore
    await client.ask(shown);
    await until('screen', () => lab.screen.text, (text) => text.includes('https://192.168.7.20:8443')); // prettier-ignore
    const lines = lab.serial.join('\n');
    expect(lines).toContain('hearth: address=192.168.7.20 port=8443 fp=abab');
    expect(lines).not.toContain('12345678');
  });

  it('refuses what only an installed box can do', async () => {
    const client = await open();
    await expect(client.ask({ do: 'factory-reset', wipe: false })).rejects.toMatchObject({ problem: { code: 'box-not-installed' } }); // prettier-ignore
    await expect(client.ask({ do: 'keep-network', trial: 'x' })).rejects.toMatchObject({ problem: { code: 'network-trial-over' } }); // prettier-ignore
  });
});

describe('the boot line hearth.serial', () => {
  it('puts the code on the serial line', async () => {
    const other = await agentLab('hearth.medium=1A2B-3C4D hearth.slot=stick hearth.serial');
    const second = await other.start();
    const client = await dial(other.at('/run/hearth/agent.sock'));
    await client.ask({ do: 'show', fingerprint: 'ab'.repeat(32), port: 8443, code: { digits: '12345678', until: 9e15 }, apps: [] }); // prettier-ignore
    const lines = await until('line', () => other.serial, (seen) => seen.some((line) => line.includes('code='))); // prettier-ignore
    expect(lines.join('\n')).toContain('code=12345678 fp=abab');
    client.close();
    await second.close();
    await other.remove();
  });
});
