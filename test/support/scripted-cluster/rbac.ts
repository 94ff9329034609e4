import { Refusal } from './status.ts';

export interface Rule {
  verbs: string[];
  apiGroups: string[];
  resources: string[];
  /** A Role's rule: counts inside this namespace alone. */
  namespace?: string;
}
export interface Attributes {
  verb: string;
  group: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
}
const covers = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value);

/** Whether rules as SelfSubjectRulesReview lists them let a user do it. */
export const allows = (
  rules: readonly Rule[],
  { verb, group, resource, subresource, namespace }: Attributes,
): boolean => {
  const wanted = subresource ? `${resource}/${subresource}` : resource;
  return rules.some(
    (rule) =>
      (!rule.namespace || rule.namespace === namespace) &&
      covers(rule.verbs, verb) &&
      covers(rule.apiGroups, group) &&
      covers(rule.resources, wanted),
  );
};
export const forbidden = ({ verb, group, resource, subresource, namespace }: Attributes): Refusal => {
  const what = subresource ? `${resource}/${subresource}` : resource;
  const where = namespace ? ` in the namespace "${namespace}"` : ' at the cluster scope';
  const full = group ? `${what}.${group}` : what;
  return new Refusal(403, 'Forbidden', `${full} is forbidden: User "hearth" cannot ${verb} resource "${what}" in API group "${group}"${where}`); // prettier-ignore
};
/** What a request means to RBAC; undefined for paths that are no resources. */
export function attributesOf(method: string, segments: readonly string[], watch: boolean): Attributes | undefined {
  const grouped = segments[0] === 'apis';
  const [group = '', ...after] = grouped ? segments.slice(1) : ['', ...segments.slice(1)];
  const rest = after.slice(1);
  if (rest.length === 0) return undefined;
  const inside = rest[0] === 'namespaces' && rest.length > 2;
  const namespace = inside ? rest[1] : undefined;
  const [resource = '', name, ...sub] = inside ? rest.slice(2) : rest;
  const streams = sub.length > 0 && method === 'GET' ? 'get' : undefined;
  const verbs: Record<string, string> = {
    POST: 'create',
    PUT: 'update',
    PATCH: 'patch',
    DELETE: name ? 'delete' : 'deletecollection',
  };
  const verb = streams ?? verbs[method] ?? (watch ? 'watch' : name ? 'get' : 'list');
  // virt-api asks about `virtualmachineinstances/vnc/screenshot`; proxies and port numbers are no part of a resource's name.
  const subresource =
    group === 'subresources.kubevirt.io' ? (sub[0] === 'vnc' ? sub.slice(0, 2).join('/') : sub[0]) : sub[0];
  return {
    verb,
    group,
    resource,
    ...(name && { name }),
    ...(subresource && { subresource }),
    ...(namespace && { namespace }),
  };
}
