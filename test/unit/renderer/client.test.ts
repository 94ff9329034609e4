import { afterEach, describe, expect, it } from 'vitest';
import type { Api } from '../../../main/contract/contract.ts';
import { contract } from '../../../main/contract/contract.ts';
import { connectionLost } from '../../../main/contract/connect.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { ApiClient } from '../../../renderer/lib/client.ts';
import type { Link } from '../../../renderer/lib/client.ts';
import { shape } from '../../../renderer/lib/shape.ts';
import { fakeApi } from '../../support/fake-api.ts';

interface FakeLink extends Link {
  drop: () => void;
}
function link(api: Api): FakeLink {
  let drop = (): void => undefined;
  const closed = new Promise<void>((resolve) => {
    drop = resolve;
  });
  return { api, closed, close: drop, drop };
}
/** Streams of this API end with `connection-lost` when the link drops, as those of `connect` do. */
function losing(api: Api, lost: Promise<unknown>): Api {
  async function* watch(): AsyncGenerator<never> {
    const source = api.machines.watch({})[Symbol.asyncIterator]();
    for (;;) {
      const next = await Promise.race([source.next(), lost.then(() => 'lost' as const)]);
      if (next === 'lost') throw new ProblemError(connectionLost);
      if (next.done) return;
      yield next.value as never;
    }
  }
  return { ...api, machines: { ...api.machines, watch } };
}

const clients: ApiClient[] = [];
const made = (client: ApiClient): ApiClient => {
  clients.push(client);
  return client;
};
afterEach(() => {
  for (const client of clients.splice(0)) client.stop();
});

describe('the page’s client', () => {
  it('names every procedure of the contract, with its kind', () => {
    const kinds = (node: object, path: string): string[] =>
      Object.entries(node).flatMap(([name, child]: [string, { type?: unknown }]) =>
        typeof child.type === 'string' ? [`${path}${name}:${child.type}`] : kinds(child, `${path}${name}.`),
      );
    expect(kinds(shape, '').sort()).toEqual(kinds(contract, '').sort());
  });

  it('keeps a call waiting until there is a link', async () => {
    let open: (link: Link) => void = () => undefined;
    const client = made(
      new ApiClient(
        () =>
          new Promise((resolve) => {
            open = resolve;
          }),
      ),
    );
    expect(client.connection().state).toBe('connecting');
    const asked = client.api.machines.instancetypes({});
    open(link(fakeApi({ latency: 0 })));
    expect((await asked).map((type) => type.name)).toContain('u1.nano');
    expect(client.connection().state).toBe('open');
  });

  it('dials again after a failed dial and after a loss', async () => {
    let dials = 0;
    const links: FakeLink[] = [];
    const client = made(
      new ApiClient(async () => {
        dials += 1;
        if (dials === 1) throw new Error('not there yet');
        const next = link(fakeApi({ latency: 0 }));
        links.push(next);
        return next;
      }),
    );
    const seen: string[] = [];
    const lost = new Promise<void>((resolve) => {
      client.subscribe(() => {
        seen.push(client.connection().state);
        if (client.connection().state === 'lost') resolve();
      });
    });
    await client.api.machines.preferences({});
    expect(seen).toEqual(['connecting', 'open']);
    links[0]?.drop();
    await lost;
    await client.api.machines.preferences({});
    expect(seen).toEqual(['connecting', 'open', 'lost', 'open']);
    expect(dials).toBe(3);
  });

  it('subscribes a stream again after a loss, and gives its other errors to the reader', async () => {
    const links: FakeLink[] = [];
    const client = made(
      new ApiClient(async () => {
        const next = link(fakeApi({ machines: links.length + 1, latency: 0 }));
        const wrapped = { ...next, api: losing(next.api, next.closed) };
        links.push(wrapped);
        return wrapped;
      }),
    );
    const sizes: number[] = [];
    for await (const update of client.api.machines.watch({})) {
      if (update.type === 'snapshot') sizes.push(update.items.length);
      if (sizes.length === 2) break;
      links.at(-1)?.drop();
    }
    expect(sizes).toEqual([1, 2]);
    const read = async (): Promise<void> => {
      await client.api.machines.detail({ namespace: 'default', name: 'nobody' })[Symbol.asyncIterator]().next();
    };
    await expect(read()).rejects.toMatchObject({ problem: { code: 'not-found' } });
  });

  it('stops waiting when the caller does', async () => {
    const client = made(new ApiClient(() => new Promise(() => undefined)));
    const stop = new AbortController();
    const asked = client.api.machines.instancetypes({}, { signal: stop.signal });
    stop.abort();
    await expect(asked).rejects.toMatchObject({ problem: { kind: 'cancelled' } });
  });
});
