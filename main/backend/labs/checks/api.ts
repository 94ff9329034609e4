import type { KubeObject } from '../../../contract/kube.ts';
import { isNotFound } from '../../target/kube-error.ts';
import type { Kind } from '../../target/kinds.ts';
import { jsonPathOf } from './json-path.ts';
import { kindFor } from './kinds.ts';
import { failed, passed } from './look-types.ts';
import type { Look, LookContext, Looker, ProbeOf } from './look-types.ts';
import { testsValue, valueMisfit } from './value-test.ts';

type Test = ProbeOf<'api'>;

/**
 * Objects of the lab's namespace. A match is a value at `path` (without a path: the object) that is as it has to be. Without
 * `count` there has to be an object, and each that is found needs a match; with it so many matches; with `absent` none.
 */
export const lookAtApi: Looker<'api'> = async (probe, context, signal) => {
  const kind = await kindFor(context.target.client, probe, signal);
  const objects = await objectsOf(context, kind, probe, signal);
  const found = await Promise.all(objects.map((object) => matchesOf(object, probe)));
  const matches = found.reduce((sum, { count }) => sum + count, 0);
  const what = probe.path === undefined && !testsValue(probe) ? subject(probe) : `${subject(probe)}: ${probe.path ?? 'the object'} as wanted`; // prettier-ignore
  if (probe.absent) return matches === 0 ? passed : failed(`${capital(what)} is still there${times(matches)}.`);
  if (probe.count !== undefined) return counted(matches, probe.count, what, found.find(({ misfit }) => misfit)?.misfit);
  if (objects.length === 0) return failed(`There is no ${subject(probe)} yet.`);
  const misfit = found.find(({ count }) => count === 0)?.misfit;
  return misfit === undefined ? passed : failed(misfit);
};

async function objectsOf(
  { target: { client }, namespace }: LookContext,
  kind: Kind,
  probe: Test,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  if (probe.name === undefined) {
    const { items } = await client.listPage(kind, namespace, { limit: 500, ...(probe.selector && { labelSelector: probe.selector }) }, signal); // prettier-ignore
    return items;
  }
  try {
    return [await client.get(kind, namespace, probe.name, signal)];
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** How many values of an object are as they have to be; `misfit` says why one is not. */
async function matchesOf(object: KubeObject, probe: Test): Promise<{ count: number; misfit?: string }> {
  const name = `${object.kind} ${object.metadata.name ?? ''}`;
  if (probe.path === undefined && !testsValue(probe)) return { count: 1 };
  const values = probe.path === undefined ? [object] : (await jsonPathOf(probe.path))(object);
  const where = probe.path === undefined ? name : `${name}: ${probe.path}`;
  if (values.length === 0) return { count: 0, misfit: `${name} has no ${probe.path ?? ''} yet.` };
  const misfits = await Promise.all(values.map((value) => valueMisfit(value, probe, where)));
  const told = misfits.find((each) => each !== undefined);
  // What must not be must not be in any of the values.
  const negative = probe.not !== undefined || probe.lacks !== undefined;
  const count = negative && told !== undefined ? 0 : misfits.filter((each) => each === undefined).length;
  return { count, ...(told !== undefined && { misfit: told }) };
}

function counted(matches: number, wanted: NonNullable<Test['count']>, what: string, misfit: string | undefined): Look {
  const { atLeast = 0, atMost = Infinity } = typeof wanted === 'number' ? { atLeast: wanted, atMost: wanted } : wanted;
  if (matches >= atLeast && matches <= atMost) return passed;
  const asked = matches < atLeast ? (atLeast === atMost ? `${atLeast}` : `at least ${atLeast}`) : atLeast === atMost ? `${atMost}` : `at most ${atMost}`; // prettier-ignore
  return failed(`${matches} of ${asked}: ${what}.${misfit ? ` ${misfit}` : ''}`);
}

const subject = ({ kind, name, selector }: Test): string =>
  `${kind}${name === undefined ? '' : ` ${name}`}${selector === undefined ? '' : ` with ${selector}`}`;
const times = (count: number): string => (count > 1 ? ` ${count} times` : '');
const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
