import { pick, pickList, pickTexts } from '../pick.ts';
import type { KubeClient } from '../client.ts';
import { KubeError } from '../kube-error.ts';

/** One right that an operation needs, as RBAC names it. */
export interface Right {
  verb: 'get' | 'list' | 'create' | 'update' | 'patch' | 'delete';
  group: string;
  resource: string;
  subresource?: string;
  /** Where it is needed; absent: in the whole cluster. */
  namespace?: string;
}
const machines = 'default';
const images = 'hearth-images';
const kubevirt = (verb: Right['verb'], resource = 'virtualmachines', namespace = machines): Right => ({
  verb, group: 'kubevirt.io', resource, namespace,
}); // prettier-ignore
const of = (verb: Right['verb'], group: string, resource: string, namespace = machines): Right => ({
  verb, group, resource, namespace,
}); // prettier-ignore
const sub = (verb: Right['verb'], resource: string, subresource: string): Right => ({
  ...of(verb, 'subresources.kubevirt.io', resource), subresource,
}); // prettier-ignore

/** The rights that are asked for. Those on machines stand for every namespace where this user has machines, or may have. */
export const rights = {
  seeMachines: kubevirt('list'),
  createMachines: kubevirt('create'),
  editMachines: kubevirt('patch'),
  deleteMachines: kubevirt('delete'),
  powerMachines: sub('update', 'virtualmachines', 'start'),
  console: sub('get', 'virtualmachineinstances', 'console'),
  portForward: sub('get', 'virtualmachineinstances', 'portforward'),
  vnc: sub('get', 'virtualmachineinstances', 'vnc'),
  screenshot: sub('get', 'virtualmachineinstances', 'vnc/screenshot'),
  createDisks: of('create', 'cdi.kubevirt.io', 'datavolumes'),
  createImages: of('create', 'cdi.kubevirt.io', 'datavolumes', images),
  seeGoldenImages: { verb: 'list', group: 'cdi.kubevirt.io', resource: 'datasources' },
  upload: of('create', 'upload.cdi.kubevirt.io', 'uploadtokenrequests', images),
  growClaims: of('patch', '', 'persistentvolumeclaims'),
  createServices: of('create', '', 'services'),
  createSecrets: of('create', '', 'secrets'),
  createSnapshots: of('create', 'snapshot.kubevirt.io', 'virtualmachinesnapshots'),
  createRestores: of('create', 'snapshot.kubevirt.io', 'virtualmachinerestores'),
  createClones: of('create', 'clone.kubevirt.io', 'virtualmachineclones'),
  createExports: of('create', 'export.kubevirt.io', 'virtualmachineexports'),
  seePods: of('list', '', 'pods'),
  podLogs: { ...of('get', '', 'pods'), subresource: 'log' },
  podShell: { ...of('create', '', 'pods'), subresource: 'exec' },
  podForward: { ...of('create', '', 'pods'), subresource: 'portforward' },
  createWorkloads: of('create', 'apps', 'deployments'),
  editWorkloads: of('patch', 'apps', 'deployments'),
  deleteWorkloads: of('delete', 'apps', 'deployments'),
  createNetworks: of('create', 'k8s.cni.cncf.io', 'network-attachment-definitions'),
  createMigrations: kubevirt('create', 'virtualmachineinstancemigrations'),
  createTypes: of('create', 'instancetype.kubevirt.io', 'virtualmachineinstancetypes'),
  deleteTypes: of('delete', 'instancetype.kubevirt.io', 'virtualmachineinstancetypes'),
  editNodes: { verb: 'patch', group: '', resource: 'nodes' },
  editQuotas: of('patch', '', 'resourcequotas'),
  editKubeVirt: kubevirt('patch', 'kubevirts', 'kubevirt'),
  readMetrics: { ...of('get', '', 'pods', 'kubevirt'), subresource: 'proxy' },
} as const satisfies Record<string, Right>;
export type RightName = keyof typeof rights;

/** `create virtualmachines.kubevirt.io in default`. Pure. */
export const rightInWords = ({ verb, group, resource, subresource, namespace }: Right): string =>
  `${verb} ${resource}${subresource ? `/${subresource}` : ''}${group ? `.${group}` : ''}${namespace ? ` in ${namespace}` : ''}`;

interface Rules {
  complete: boolean;
  grants(right: Right): boolean;
}

const review = 'authorization.k8s.io/v1';

/** Reviews of a look; a user with machines in more namespaces than this has rights of a wider kind. */
const mostSpaces = 8;

/**
 * Which rights this user has (a right on machines counts where it is held in any of `spaces` or in the default namespace:
 * the target itself refuses what is tried in another one): one SelfSubjectRulesReview a namespace, and where that is not complete (authorizers that
 * cannot list their rules say so), one SelfSubjectAccessReview a right. A target without these APIs is taken at its word
 * when an operation is tried. Throws KubeError when it does not answer.
 */
export async function askRights(
  client: KubeClient,
  spaces: readonly string[] = [],
): Promise<ReadonlyMap<RightName, boolean>> {
  const names = Object.keys(rights) as RightName[];
  const own = [...new Set([machines, ...spaces])].slice(0, mostSpaces);
  const asked = new Set([...names.map((name) => (rights[name] as Right).namespace ?? ''), ...own]);
  const rules = new Map(
    await Promise.all([...asked].map(async (space) => [space, await rulesOf(client, space)] as const)),
  );
  const held = async (right: Right): Promise<boolean> => {
    const known = rules.get(right.namespace ?? '');
    if (known?.grants(right)) return true;
    return known?.complete ? false : mayDo(client, right);
  };
  const answers = await Promise.all(
    names.map(async (name) => {
      const right: Right = rights[name];
      if (right.namespace !== machines) return [name, await held(right)] as const;
      for (const namespace of own) if (await held({ ...right, namespace })) return [name, true] as const;
      return [name, false] as const;
    }),
  );
  return new Map(answers);
}

async function rulesOf(client: KubeClient, namespace: string): Promise<Rules | undefined> {
  const answer = await orUndefined(
    client.json('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
      body: { apiVersion: review, kind: 'SelfSubjectRulesReview', spec: { namespace } },
    }),
  );
  if (!answer) return undefined;
  const rows = pickList(answer, 'status', 'resourceRules');
  const covers = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value);
  return {
    complete: pick(answer, 'status', 'incomplete') !== true,
    grants: ({ verb, group, resource, subresource }) =>
      rows.some((row) => {
        // A rule for single objects is no right to the kind.
        if (pickTexts(row, 'resourceNames').length > 0) return false;
        const wanted = subresource ? `${resource}/${subresource}` : resource;
        const resources = pickTexts(row, 'resources');
        return (
          covers(pickTexts(row, 'verbs'), verb) &&
          covers(pickTexts(row, 'apiGroups'), group) &&
          (covers(resources, wanted) || (subresource !== undefined && resources.includes(`*/${subresource}`)))
        );
      }),
  };
}

async function mayDo(client: KubeClient, { verb, group, resource, subresource, namespace }: Right): Promise<boolean> {
  const resourceAttributes = {
    verb,
    group,
    resource,
    ...(subresource && { subresource }),
    ...(namespace && { namespace }),
  };
  const answer = await orUndefined(
    client.json('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      body: { apiVersion: review, kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } },
    }),
  );
  return answer === undefined || pick(answer, 'status', 'allowed') === true;
}

/** Not served, or not even this may be asked. */
async function orUndefined(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof KubeError && [403, 404, 405].includes(error.code)) return undefined;
    throw error;
  }
}
