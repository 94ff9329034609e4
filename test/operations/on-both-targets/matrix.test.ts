import { afterEach, describe, expect, test } from 'vitest';
import { findOut } from '../../../main/backend/target/capabilities/findings.ts';
import { capabilityMatrix } from '../../../main/backend/target/capabilities/matrix.ts';
import { createKubeClient } from '../../../main/backend/target/client.ts';
import { readCredentials } from '../../../main/backend/target/credentials.ts';
import { kinds } from '../../../main/backend/target/kinds.ts';
import { contract } from '../../../main/contract/contract.ts';
import { offers, own, ownDomains, reading, whyNot } from '../../../main/contract/offers.ts';
import type { OfferId } from '../../../main/contract/offers.ts';
import { capabilitySchema } from '../../../main/contract/target.ts';
import { fixtureNames, readFixture } from '../../support/scripted-cluster/fixture.ts';
import { scriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';
import type { ScriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';

let cluster: ScriptedCluster | undefined;
afterEach(() => cluster?.close());
const ids = capabilitySchema.shape.id.options;

describe.each(fixtureNames())('cluster %s', (name) => {
  test('every capability and every action: it works, or says why', async () => {
    cluster = await scriptedCluster({ cluster: name });
    const client = createKubeClient(await readCredentials(cluster.kubeconfig));
    const matrix = capabilityMatrix(await findOut(client, await client.list(kinds.nodes)));
    client.close();
    expect(matrix.map(({ id }) => id).sort()).toEqual([...ids].sort());
    const works = matrix.filter(({ supported }) => supported).map(({ id }) => id);
    expect(works.sort()).toEqual([...readFixture(name).supported].sort());
    for (const { supported, reason, remedy, id } of matrix) {
      expect([id, reason === undefined, remedy === undefined]).toEqual([id, supported, supported]);
      if (!supported) expect(`${id}: ${reason} | ${remedy}`).toMatch(/^\w+: [A-Z].{10,}\. \| [A-Z].{10,}\.$/s);
    }
    for (const id of Object.keys(offers) as OfferId[]) {
      const { needs, oneOf } = offers[id] as { needs: readonly string[]; oneOf?: readonly string[] };
      const can = needs.every((need) => works.includes(need as never)) && (oneOf?.some((one) => works.includes(one as never)) ?? true); // prettier-ignore
      const why = whyNot(matrix, id);
      expect([id, why === undefined]).toEqual([id, can]);
      if (why) expect([id, why.reason.length > 10 && why.remedy.length > 10]).toEqual([id, true]);
    }
  });
});

test('every procedure that is no stream stands in the list of offers, or is known to read, or to be about Hearth itself', () => {
  const missing = Object.entries(contract)
    .filter(([domain]) => !ownDomains.has(domain))
    .flatMap(([domain, procedures]) =>
      Object.entries(procedures as Record<string, { type: string }>)
        .filter(([, { type }]) => type !== 'stream')
        .map(([name]) => `${domain}.${name}`),
    )
    .filter((path) => !(path in offers) && !reading.has(path) && !own.has(path));
  expect(missing, 'add them to main/contract/offers.ts').toEqual([]);
  const known = new Set(Object.entries(contract).flatMap(([domain, all]) => Object.keys(all).map((name) => `${domain}.${name}`))); // prettier-ignore
  expect([...Object.keys(offers).map((id) => id.split(':')[0]), ...reading, ...own].filter((id) => !known.has(id ?? ''))).toEqual([]); // prettier-ignore
});

test('before a target has answered, an action says so', () => {
  expect(whyNot([], 'machines.create')).toEqual({
    reason: 'The target has not answered yet.',
    remedy: 'Hearth keeps trying.',
  });
});
