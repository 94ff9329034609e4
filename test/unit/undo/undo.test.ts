import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { again, createdAt, makeAgain } from '../../../main/backend/undo/objects.ts';
import { createUndos } from '../../../main/backend/undo/undo.ts';
import { KubeError } from '../../../main/backend/target/kube-error.ts';
import { kinds } from '../../../main/backend/target/kinds.ts';
import type { OpenTarget } from '../../../main/backend/target/target.ts';
import { asProblem } from '../../../main/contract/problem.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import type { UndoKind } from '../../../main/contract/undo.ts';

const context = { signal: new AbortController().signal };
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(() => 'it worked', (error: unknown) => asProblem(error).code); // prettier-ignore

describe('what was taken away', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const kept = (undos = createUndos(1000)) => {
    const did: string[] = [];
    const { undo } = undos.keep('snippet', { back: async () => void did.push('back'), drop: async () => void did.push('drop') }); // prettier-ignore
    const back = (kind: UndoKind = 'snippet') => Promise.resolve(undos.handlers.back({ kind, undo }, context));
    return { undos, did, undo, back };
  };
  test('comes back once, and is not dropped after that', async () => {
    const { did, back } = kept();
    await back();
    expect(await codeOf(back())).toBe('undo-too-late');
    await vi.advanceTimersByTimeAsync(5000);
    expect(did).toEqual(['back']);
  });
  test('is forgotten after its time, with what was put aside', async () => {
    const { did, back } = kept();
    await vi.advanceTimersByTimeAsync(999);
    expect(did).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(did).toEqual(['drop']);
    expect(await codeOf(back())).toBe('undo-too-late');
  });
  test('is not had back as another kind: who may is decided by that', async () => {
    const { did, back } = kept();
    expect(await codeOf(back('user'))).toBe('undo-too-late');
    expect(did).toEqual([]);
  });
  test('whose time ends while it comes back is forgotten when that fails', async () => {
    const undos = createUndos(1000);
    const ends: ((error: Error) => void)[] = [];
    let dropped = 0;
    const { undo } = undos.keep('user', { back: () => new Promise<void>((_, reject) => ends.push(reject)), drop: async () => void (dropped += 1) }); // prettier-ignore
    const back = () => Promise.resolve(undos.handlers.back({ kind: 'user', undo }, context));
    const first = codeOf(back());
    await vi.advanceTimersByTimeAsync(2000);
    expect(dropped).toBe(0);
    ends[0]?.(new Error('no'));
    expect(await first).not.toBe('it worked');
    expect(dropped).toBe(1);
    expect(await codeOf(back())).toBe('undo-too-late');
  });
  test('pressed twice it is done once; what failed can be tried again, and is not dropped meanwhile', async () => {
    const undos = createUndos(1000);
    const ends: ((error?: Error) => void)[] = [];
    let dropped = 0;
    const way = { back: () => new Promise<void>((resolve, reject) => ends.push((error) => (error ? reject(error) : resolve()))), drop: async () => void (dropped += 1) }; // prettier-ignore
    const { undo } = undos.keep('target', way);
    const back = () => Promise.resolve(undos.handlers.back({ kind: 'target', undo }, context));
    const both = [back(), back()];
    const settled = Promise.allSettled(both);
    expect(ends.length).toBe(1);
    ends[0]?.(new Error('no'));
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const third = back();
    await vi.advanceTimersByTimeAsync(2000);
    expect(dropped).toBe(0);
    ends[1]?.();
    await third;
    expect([ends.length, dropped]).toEqual([2, 0]);
  });
  test('the oldest of too many go, and all at the end of Hearth', async () => {
    const undos = createUndos();
    const first = kept(undos);
    for (let n = 0; n < 50; n += 1) kept(undos);
    await vi.advanceTimersByTimeAsync(0);
    expect(first.did).toEqual(['drop']);
    const last = kept(undos);
    await undos.close();
    expect(last.did).toEqual(['drop']);
    expect(await codeOf(last.back())).toBe('undo-too-late');
  });
});

describe('objects', () => {
  const deleted: KubeObject = {
    apiVersion: 'v1', kind: 'ConfigMap', data: { text: 'x' }, status: { seen: true },
    metadata: { name: 'snippet-a', namespace: 'images', uid: 'u1', resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z', labels: { a: 'b' }, annotations: { note: 'mine' }, ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'x' }] },
  }; // prettier-ignore
  const target = (present?: KubeObject) => {
    const made: KubeObject[] = [];
    const client = {
      create: (_kind: unknown, object: KubeObject) => {
        if (present)
          return Promise.reject(
            new KubeError(409, 'AlreadyExists', { code: 'exists', title: 'There', detail: 'It is there.' }),
          );
        made.push(object);
        return Promise.resolve(object);
      },
      get: () => Promise.resolve(present),
    };
    return { made, target: { client } as unknown as OpenTarget };
  };
  test('are made as a person made them, with the time of before', () => {
    const made = again(deleted);
    expect(made).toEqual({
      apiVersion: 'v1', kind: 'ConfigMap', data: { text: 'x' },
      metadata: { name: 'snippet-a', namespace: 'images', labels: { a: 'b' }, annotations: { note: 'mine', 'hearth.dev/created-at': '2026-01-01T00:00:00Z' }, ownerReferences: deleted.metadata.ownerReferences },
    }); // prettier-ignore
    // Deleted and had back once more the time is still the first one.
    expect(createdAt({ ...made, metadata: { ...made.metadata, creationTimestamp: '2026-02-02T00:00:00Z' } })).toBe('2026-01-01T00:00:00Z'); // prettier-ignore
  });
  test('that an earlier try made stay; what somebody else made is said', async () => {
    const fresh = target();
    await makeAgain(fresh.target, kinds.configMaps, [deleted]);
    expect(fresh.made.map(({ metadata }) => metadata.name)).toEqual(['snippet-a']);
    await makeAgain(target(again(deleted)).target, kinds.configMaps, [deleted]);
    const other = { ...deleted, metadata: { name: 'snippet-a', creationTimestamp: '2026-03-03T00:00:00Z' } };
    expect(await codeOf(makeAgain(target(other).target, kinds.configMaps, [deleted]))).toBe('already-exists');
  });
});
