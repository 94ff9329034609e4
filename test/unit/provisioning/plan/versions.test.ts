import { describe, expect, it } from 'vitest';
import { downloads, kindDownload, bundleDownloads, imageTag } from '../../../../provisioning/downloads.ts';
import { imageDownloads, imageFile } from '../../../../provisioning/images.ts';
import {
  kind,
  misfits,
  recommended,
  releases,
  sets,
  stepRefused,
  upgradesFrom,
} from '../../../../provisioning/versions.ts';

describe('versions', () => {
  it('offers only sets that fit together, and recommends the first', () => {
    for (const set of sets) expect({ set, ...misfits(set) }).toEqual({ set });
    expect(sets[0]).toMatchObject(recommended);
    for (const set of sets)
      for (const part of ['k3s', 'kubevirt', 'cdi'] as const)
        expect(releases[part] as readonly string[]).toContain(set[part]);
  });

  it.each([
    [{ k3s: 'v1.37.1+k3s1' }, { k3s: /supports Kubernetes 1\.34, 1\.35, 1\.36, not 1\.37/ }],
    [{ k3s: 'v1.36.3' }, { k3s: /not a version of k3s/ }],
    [{ k3s: 'v1.36.3+k3s1\n' }, { k3s: /not a version/ }],
    [{ k3s: '../../etc' }, { k3s: /not a version/ }],
    [{ kubevirt: 'v1.42.0' }, { kubevirt: /not known which Kubernetes/ }],
    [{ kubevirt: 'v1.7.4' }, { k3s: /KubeVirt v1\.7\.4 supports/ }],
    [{ cdi: '1.66' }, { cdi: /not a version of CDI/ }],
  ])('says what does not fit: %j', (change, expected) => {
    const found = misfits({ ...recommended, ...change });
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    for (const [part, message] of Object.entries(expected)) expect(found[part as 'k3s']).toMatch(message);
  });

  it.each([
    ['k3s', 'v1.36.2+k3s1', 'v1.36.3+k3s1', undefined],
    ['k3s', 'v1.36.3+k3s1', 'v1.36.3+k3s2', undefined],
    ['k3s', 'v1.35.7+k3s1', 'v1.36.2+k3s1', undefined],
    ['k3s', 'v1.34.10+k3s1', 'v1.36.3+k3s1', /one minor version at a time: from 1\.34 to 1\.35/],
    ['k3s', 'v1.36.3+k3s1', 'v1.35.7+k3s1', /does not go back/],
    ['k3s', 'v1.36.3+k3s2', 'v1.36.3+k3s1', /does not go back/],
    ['k3s', 'v1.36.3+k3s1', 'v1.36.3+k3s1', /already/],
    ['k3s', 'v1.9.0+k3s1', 'v1.10.0+k3s1', undefined],
    ['kubevirt', 'v1.8.4', 'v1.9.0', undefined],
    ['kubevirt', 'v1.7.4', 'v1.9.0', /one minor version/],
    ['kubevirt', 'v1.9.0', 'v1.8.4', /does not go back/],
    ['cdi', 'v1.66.0', 'nonsense', /not a version of CDI/],
  ] as const)('%s from %s to %s', (part, from, to, refused) => {
    const answer = stepRefused(part, from, to);
    if (refused === undefined) expect(answer).toBeUndefined();
    else expect(answer).toMatch(refused);
  });

  it('offers the allowed steps that fit the other parts', () => {
    expect(
      upgradesFrom({ k3s: 'v1.35.7+k3s1', kubevirt: 'v1.8.4', cdi: 'v1.66.0' }).map(({ part, to }) => `${part} ${to}`),
    ).toEqual([
      'kubevirt v1.9.0', // k3s 1.36 only after it: KubeVirt 1.8 stops at 1.35
      'cdi v1.66.1',
    ]);
    expect(upgradesFrom({ k3s: 'v1.35.7+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.66.1' }).map(({ to }) => to)).toEqual([
      'v1.36.4+k3s1',
      'v1.36.3+k3s1',
      'v1.36.2+k3s1',
    ]);
    expect(upgradesFrom({ ...recommended, k3s: 'v1.36.4+k3s1', cdi: 'v1.66.1' })).toEqual([]);
  });
});

describe('downloads', () => {
  it('are named once each, escaped, and of https', () => {
    for (const arch of ['amd64', 'arm64'] as const) {
      const all = bundleDownloads({ versions: recommended, storage: 'pool-file' }, arch);
      expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
      for (const { name, url, size, sha256 } of all) {
        expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9.+_-]{0,150}$/);
        expect(new URL(url).protocol).toBe('https:');
        expect(url).not.toContain('+');
        expect(size).toBeGreaterThan(0);
        expect(sha256 ?? '0'.repeat(64)).toMatch(/^[0-9a-f]{64}$/);
      }
    }
  });

  it('pins what is known and takes the release list for the rest', () => {
    const [binary, images] = downloads({ versions: recommended, storage: 'local-path' }, 'arm64');
    expect(binary).toMatchObject({
      name: 'k3s-v1.36.3+k3s1-arm64',
      url: 'https://github.com/k3s-io/k3s/releases/download/v1.36.3%2Bk3s1/k3s-arm64',
      sha256: 'c9a209103f480f163b7c6a56f00862b4481927b284dc29a3716bb70d886691a8',
    });
    expect(images).toMatchObject({
      optional: true,
      checksums: {
        url: 'https://github.com/k3s-io/k3s/releases/download/v1.36.3%2Bk3s1/sha256sum-arm64.txt',
        file: 'k3s-airgap-images-arm64.tar.zst',
      },
    });
    expect(kindDownload('amd64').sha256).toMatch(/^50030de2/);
    expect(kind.nodeImage).toMatch(/@sha256:[0-9a-f]{64}$/);
    expect(imageTag('v1.36.3+k3s1')).toBe('v1.36.3-k3s1');
  });

  it('names images by digest, and keeps their files apart', () => {
    const all = [...imageDownloads('kubevirt', 'v1.9.0', 'amd64'), ...imageDownloads('cdi', 'v1.66.0', 'amd64')];
    expect(all.length).toBe(14);
    for (const { image, optional } of all) {
      expect(optional).toBe(true);
      expect(image?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(image?.names).toEqual([
        `quay.io/${image?.repository}:${image?.repository.includes('cdi-') ? 'v1.66.0' : 'v1.9.0'}`,
      ]);
    }
    expect(new Set(all.map(imageFile)).size).toBe(all.length);
    expect(imageDownloads('kubevirt', 'v1.8.4', 'amd64')).toEqual([]);
  });
});
