import type { Problem } from '../../../contract/problem.ts';

export interface KindTrouble {
  code: string;
  title: string;
  pattern: RegExp;
  cause?: string;
  fix: string;
}

/**
 * What kind and the container engines say when it goes wrong, most telling first. Sources: the texts of kind v0.32.0 itself
 * (pkg/cluster, pkg/errors), kind.sigs.k8s.io/docs/user/known-issues, moby's client, containers/podman.
 */
export const kindTroubles: readonly KindTrouble[] = [
  {
    code: 'kind-name-taken',
    title: 'There is a kind cluster of that name already',
    pattern: /node\(s\) already exist for a cluster with the name "([^"]+)"/,
    fix: 'Choose another name, or delete that cluster.',
  },
  {
    code: 'kind-socket-denied',
    title: 'The container engine does not let this user in',
    pattern: /permission denied while trying to connect to the docker|dial unix .*docker\.sock: connect: permission denied/i,
    cause: 'This user is not in the group that may use its socket (which is as much as being root).',
    fix: 'sudo usermod -aG docker $USER, then log out and in again; or use rootless Docker or Podman.',
  },
  {
    code: 'kind-engine-stopped',
    title: 'The container engine does not run',
    pattern:
      /Cannot connect to the Docker daemon|failed to connect to the docker API|Cannot connect to Podman|unable to connect to Podman socket|cannot access containerd socket|rootless containerd not running/i,
    fix: 'Start it (`sudo systemctl start docker`, or Docker Desktop), then try again.',
  },
  {
    code: 'kind-rootless',
    title: 'The rootless container engine cannot run a node as it is set up',
    pattern: /running kind with rootless provider requires|might need to set systemd property "Delegate=yes"/,
    cause: 'A node needs cgroup v2 and its controllers delegated to this user.',
    fix: 'Follow kind.sigs.k8s.io/docs/user/rootless (Delegate=yes for user@.service), or use a rootful engine.',
  },
  {
    code: 'kind-cgroup-v1',
    title: 'This system still uses cgroup v1',
    pattern: /kubelet is configured to not run on a host using cgroup v1|cgroup v1 support is unsupported/,
    fix: 'Boot with systemd.unified_cgroup_hierarchy=1; recent systems do so by themselves.',
  },
  {
    code: 'kind-inotify',
    title: 'The kernel gives too few file watches',
    pattern: /Failed to create inotify object|inotify_init|too many open files|Failed to allocate manager object/i,
    fix: 'sudo sysctl fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=524288 (kind.sigs.k8s.io, known issues).',
  },
  {
    code: 'kind-port-taken',
    title: 'A port it needs is taken',
    pattern: /port is already allocated|address already in use|failed to bind host port|Ports are not available/i,
    fix: 'End the program that listens there, then try again.',
  },
  {
    code: 'kind-image-pull',
    title: 'The image of the node could not be fetched',
    pattern: /failed to pull image/,
    cause: 'No connection to Docker Hub, a proxy that the container engine does not know, or too many downloads from this address.',
    fix: 'Check the connection of the container engine (`docker pull hello-world`), then try again.',
  },
  {
    code: 'kind-no-space',
    title: 'The disk of the container engine is full',
    pattern: /no space left on device/i,
    fix: 'Free some space (`docker system prune` shows what it would remove), then try again.',
  },
  {
    code: 'kind-file-system',
    title: 'The node cannot find the device of its file system',
    pattern: /could not find device with major|failed to get rootfs info|failed to get device for dir/,
    cause: 'The container engine keeps its data on btrfs, ZFS or an encrypted volume in a way kind does not see through.',
    fix: 'Keep the data of the container engine on ext4 or xfs, or install the appliance on this computer instead.',
  },
  {
    code: 'kind-node-dead',
    title: 'The node did not come up',
    pattern: /could not find a log line that matches/,
    cause: 'Most often too few file watches (fs.inotify.max_user_instances), else too little memory.',
    fix: 'sudo sysctl fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=524288, then try again.',
  },
  {
    code: 'kind-no-engine',
    title: 'There is no container engine',
    pattern: /failed to detect any supported node provider|executable file not found in \$PATH/,
    fix: 'Install Docker or Podman, or install the appliance on this computer instead.',
  },
]; // prettier-ignore

/** A failure of kind in words. `output` are its lines, both streams. */
export function kindProblem(output: readonly string[], command: string): Problem {
  const text = output.join('\n');
  const lines = output.map((line) => line.trim()).filter(Boolean);
  const said = lines.find((line) => line.startsWith('ERROR:'))?.replace(/^ERROR: (failed to create cluster: )?/, '');
  const trouble = kindTroubles.find(({ pattern }) => pattern.test(text));
  return {
    code: trouble?.code ?? 'kind-failed',
    title: trouble?.title ?? 'kind could not do it',
    detail: (trouble && lines.find((line) => trouble.pattern.test(line))) ?? said ?? lines.at(-1) ?? 'It said nothing.',
    ...(trouble?.cause && { cause: trouble.cause }),
    fix: trouble?.fix ?? 'The last lines may tell more; kind.sigs.k8s.io/docs/user/known-issues lists what is known.',
    command,
    output: lines.slice(-12).map((line) => line.slice(0, 1000)),
    kind: 'failed',
  };
}
