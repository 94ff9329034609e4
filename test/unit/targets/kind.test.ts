import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { clusterConfig } from '../../../main/backend/targets/kind/config.ts';
import { kindProblem } from '../../../main/backend/targets/kind/problems.ts';
import { parseStep } from '../../../main/backend/targets/kind/progress.ts';

describe('the configuration of a kind cluster', () => {
  test('devices that exist, a folder for disks, block devices for ordinary users', () => {
    const text = clusterConfig({ name: 'lab', devices: ['/dev/net/tun'], volumes: '/data/a b: "c"/volumes' });
    expect(parse(text)).toEqual({
      kind: 'Cluster',
      apiVersion: 'kind.x-k8s.io/v1alpha4',
      name: 'lab',
      networking: { apiServerAddress: '127.0.0.1' },
      nodes: [
        {
          role: 'control-plane',
          extraMounts: [
            { hostPath: '/dev/net/tun', containerPath: '/dev/net/tun' },
            { hostPath: '/data/a b: "c"/volumes', containerPath: '/var/local-path-provisioner' },
          ],
        },
      ],
      containerdConfigPatches: [
        '[plugins."io.containerd.cri.v1.runtime"]\n  device_ownership_from_security_context = true\n',
      ],
    });
  });
});

describe('what kind prints', () => {
  test.each([
    [' • Ensuring node image (kindest/node:v1.36.1) 🖼  ...', 'Ensuring node image', 'running'],
    [' ✓ Ensuring node image (kindest/node:v1.36.1) 🖼', 'Ensuring node image', 'done'],
    [' ✗ Preparing nodes 📦  ', 'Preparing nodes', 'failed'],
    [' • Starting control-plane 🕹️  ...', 'Starting control-plane', 'running'],
    ['\u001b[32m✓\u001b[0m Installing CNI 🔌', 'Installing CNI', 'done'],
    [' • Waiting ≤ 5m0s for control-plane = Ready ⏳  ...', 'Waiting for the control-plane', 'running'],
    [' • Something new 🆕  ...', 'Something new', 'running'],
  ])('%j', (line, title, state) => expect(parseStep(line)).toEqual({ title, state }));
  test.each(['Creating cluster "lab" ...', 'Set kubectl context to "kind-lab"', '', 'ERROR: x'])('%j tells of no step', (line) =>
    expect(parseStep(line)).toBeUndefined(),
  ); // prettier-ignore
});

describe('why kind failed', () => {
  const create = 'ERROR: failed to create cluster: ';
  test.each([
    ['kind-name-taken', `${create}node(s) already exist for a cluster with the name "lab"`],
    ['kind-engine-stopped', `${create}failed to get docker info: command "docker info --format '{{json .}}'" failed with error: exit status 1\n\nCommand Output: {}\nCannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?`],
    ['kind-socket-denied', `${create}failed to list nodes: permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.50/containers/json": dial unix /var/run/docker.sock: connect: permission denied`],
    ['kind-socket-denied', 'permission denied while trying to connect to the docker API at unix:///var/run/docker.sock'],
    ['kind-rootless', `${create}running kind with rootless provider requires cgroup v2, see https://kind.sigs.k8s.io/docs/user/rootless/`],
    ['kind-rootless', `${create}running kind with rootless provider requires setting systemd property "Delegate=yes", see https://kind.sigs.k8s.io/docs/user/rootless/`],
    ['kind-cgroup-v1', 'kubelet is configured to not run on a host using cgroup v1. cgroup v1 support is unsupported and will be removed'],
    ['kind-inotify', 'Failed to create inotify object: Too many open files'],
    ['kind-port-taken', 'docker: Error response from daemon: Bind for 127.0.0.1:6443 failed: port is already allocated.'],
    ['kind-image-pull', `${create}failed to pull image "kindest/node:v1.36.1@sha256:3489c7674813": command "docker pull" failed`],
    ['kind-no-space', 'write /var/lib/docker/tmp/x: no space left on device'],
    ['kind-file-system', 'failed to get rootfs info: failed to get device for dir "/var/lib/kubelet": could not find device with major: 0, minor: 40 in cached partitions map'],
    ['kind-node-dead', `${create}could not find a log line that matches "Reached target .*Multi-User System.*|detected cgroup v1"`],
    ['kind-no-engine', `${create}failed to detect any supported node provider`],
    ['kind-no-engine', `${create}failed to get nerdctl info: command "nerdctl info --format '{{json .}}'" failed with error: exec: "nerdctl": executable file not found in $PATH`],
    ['kind-failed', `${create}something that nobody has seen before`],
  ])('%s', (code, text) => {
    const problem = kindProblem(text.split('\n'), 'kind create cluster');
    expect(problem).toMatchObject({ code, kind: 'failed', command: 'kind create cluster', fix: expect.any(String) as string });
    expect(problem.detail).not.toBe('');
  }); // prettier-ignore
  test('inotify told in the log of the node counts more than that the node did not come up', () => {
    const lines = ['Failed to create inotify object: Too many open files', `${create}could not find a log line that matches "x"`]; // prettier-ignore
    expect(kindProblem(lines, 'kind').code).toBe('kind-inotify');
  });
});
