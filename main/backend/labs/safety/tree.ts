type Path = readonly (string | number)[];
/** Why a value under a name may not stand in an object of a lab; undefined where it may. */
type Rule = (value: unknown, scope: Scope, path: Path) => string | undefined;

/** What objects of a lab may name beside their own namespace. */
export interface Scope {
  namespace: string;
  /** namespace/name of the images of the file: disks may be copies of them. */
  images: readonly string[];
  /** Networks of the file. */
  networks: readonly string[];
  /** Value of the lab's label. */
  lab: string;
}

const never =
  (why: string): Rule =>
  () =>
    why;
const unless =
  (fine: (value: unknown) => boolean, why: string): Rule =>
  (value) =>
    fine(value) ? undefined : why;
const off = (value: unknown): boolean => value === false || value === null || value === undefined;

/** Capabilities that the baseline of the Pod Security Standards leaves to a container (https://kubernetes.io/docs/concepts/security/pod-security-standards/). */
const capabilities = new Set(['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT']); // prettier-ignore
/** Annotations that only say something. What asks KubeVirt, CDI, Multus or Hearth to do something is not a lab's. */
const asking = /(^|\.)(hearth\.dev|kubevirt\.io|cni\.cncf\.io|kubernetes\.io|k8s\.io)\//;
const harmless = new Set(['cdi.kubevirt.io/storage.bind.immediate.requested', 'kubectl.kubernetes.io/default-container', 'kubernetes.io/description', 'kubernetes.io/change-cause']); // prettier-ignore

const hostPath = never('Folders and files of the host are out of reach for a lab.');
const hostName = never('The networks and processes of the host are out of reach for a lab.');
const device = never('Devices of the host are out of reach for a lab.');

/** By the name of the field, wherever it stands: templates are nested in many ways, and patches are parts of objects. */
const rules: Readonly<Record<string, Rule>> = {
  hostPath,
  hostDisk: hostPath,
  local: (_value, _scope, path) => (path.at(-1) === 'spec' ? 'Folders and files of the host are out of reach for a lab.' : undefined),
  hostNetwork: unless(off, 'The networks and processes of the host are out of reach for a lab.'),
  hostPID: unless(off, 'The networks and processes of the host are out of reach for a lab.'),
  hostIPC: unless(off, 'The networks and processes of the host are out of reach for a lab.'),
  hostPort: unless((value) => off(value) || value === 0, 'Ports of the host are found by Hearth: use "forwards" of a machine, or a Service.'),
  hostProcess: hostName,
  privileged: unless(off, 'A lab runs nothing privileged.'),
  allowPrivilegeEscalation: unless(off, 'A lab runs nothing privileged.'),
  procMount: unless((value) => value === 'Default', 'A lab runs nothing privileged.'),
  seLinuxOptions: never('A lab runs nothing privileged.'),
  sysctls: never('Settings of the host\'s kernel are out of reach for a lab.'),
  add: (value, _scope, path) => (path.at(-1) === 'capabilities' ? badCapability(value) : undefined),
  type: (value, _scope, path) =>
    (path.at(-1) === 'seccompProfile' || path.at(-1) === 'appArmorProfile') && value === 'Unconfined' ? 'A lab runs nothing privileged.' : undefined,
  hostDevices: device,
  gpus: device,
  sriov: device,
  macvtap: device,
  binding: (_value, _scope, path) => (path.at(-2) === 'interfaces' ? 'A lab\'s networks are "pod" and those of the file.' : undefined),
  nodeName: never('A lab does not choose a node: the target does.'),
  schedulerName: unless((value) => value === 'default-scheduler', 'A lab does not choose how it is scheduled.'),
  priorityClassName: unless((value) => typeof value === 'string' && !value.startsWith('system-'), 'A lab is not part of the system.'),
  tolerations: never('A lab does not run where nobody shall.'),
  serviceAccount: never('A lab has no account on the target.'),
  serviceAccountName: unless((value) => value === 'default' || value === '', 'A lab has no account on the target.'),
  serviceAccountToken: never('A lab has no account on the target.'),
  automountServiceAccountToken: unless(off, 'A lab has no account on the target.'),
  clusterTrustBundle: never('What is of the whole cluster is out of reach for a lab.'),
  ownerReferences: never('What belongs to what is not for a lab to say.'),
  finalizers: never('A lab has to go when it is ended.'),
  claimRef: never('Disks of others are out of reach for a lab.'),
  volumeName: (value, _scope, path) => (path.at(-1) === 'spec' && value !== '' ? 'A lab does not choose a disk of the cluster.' : undefined),
  externalIPs: never('A Service of a lab takes no addresses.'),
  externalName: never('A Service of a lab leads to the lab only.'),
  loadBalancerIP: never('A Service of a lab takes no addresses.'),
  nodePort: unless((value) => value === undefined || value === null, 'Ports of this computer are found by the target.'),
  namespace: namespaceRule,
  networkName: networkRule,
  annotations: annotationRule,
  labels: labelRule,
  __proto__: never('This is no field.'),
  ...Object.fromEntries(['nfs', 'iscsi', 'csi', 'fc', 'rbd', 'cephfs', 'glusterfs', 'flexVolume', 'azureDisk', 'azureFile', 'awsElasticBlockStore', 'gcePersistentDisk', 'vsphereVolume', 'portworxVolume', 'scaleIO', 'storageos', 'quobyte', 'photonPersistentDisk', 'cinder', 'flocker', 'gitRepo'].map(
    (name) => [name, (_value: unknown, _scope: Scope, path: Path) => (path.at(-2) === 'volumes' ? `Volumes of the kind ${name} are out of reach for a lab.` : undefined)] as [string, Rule],
  )),
  ...Object.fromEntries(['s3', 'gcs', 'imageio', 'vddk', 'registry', 'http'].map(
    (name) => [name, (_value: unknown, _scope: Scope, path: Path) => (path.at(-1) === 'source' ? 'Images of a lab stand under "images".' : undefined)] as [string, Rule],
  )),
}; // prettier-ignore

function badCapability(value: unknown): string | undefined {
  const bad = Array.isArray(value) ? value.find((each) => !capabilities.has(String(each))) : value;
  return bad === undefined ? undefined : `The capability ${String(bad)} is not for a lab.`;
}
function namespaceRule(value: unknown, scope: Scope, path: Path): string | undefined {
  if (typeof value !== 'string' || value === scope.namespace) return undefined;
  if (path.at(-1) === 'pvc' && scope.images.some((image) => image.startsWith(`${value}/`))) return undefined;
  return `Everything of a lab is in its own namespace, ${scope.namespace}.`;
}
function networkRule(value: unknown, { namespace, networks }: Scope): string | undefined {
  const name = String(value).startsWith(`${namespace}/`) ? String(value).slice(namespace.length + 1) : String(value);
  return networks.includes(name) ? undefined : `There is no network "${String(value)}" in the file.`;
}
function annotationRule(value: unknown): string | undefined {
  const bad = Object.keys(value ?? {}).find((key) => asking.test(key) && !harmless.has(key));
  return bad === undefined ? undefined : `The annotation ${bad} is not for a lab.`;
}
function labelRule(value: unknown, { lab }: Scope): string | undefined {
  for (const [key, own] of Object.entries(value ?? {})) {
    if (key === 'hearth.dev/lab' && own !== lab) return 'The label hearth.dev/lab is the lab\'s own name.'; // prettier-ignore
    if (key === 'hearth.dev/image' || key === 'hearth.dev/bin') return `The label ${key} is not for a lab.`;
  }
  return undefined;
}

/** What stands in an object, or in a part of one, and may not stand in a lab's. Texts of ConfigMaps and Secrets are only texts. Pure. */
export function* unsafeIn(value: unknown, scope: Scope, path: Path = []): Generator<[path: Path, why: string]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const here = Array.isArray(value) ? [...path, Number(key)] : [...path, key];
    if (!Array.isArray(value)) {
      if (path.length === 0 && (key === 'data' || key === 'stringData' || key === 'binaryData')) continue;
      const why = Object.hasOwn(rules, key) ? rules[key]?.(inner, scope, path) : undefined;
      if (why !== undefined) {
        yield [here, why];
        continue;
      }
    }
    yield* unsafeIn(inner, scope, here);
  }
}
