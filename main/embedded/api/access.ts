import { resourceTypes } from '../kube/resources.ts';
import { badRequest } from '../kube/status-error.ts';
import type { Answer } from './http.ts';
import { isMap } from './patch/merge-patch.ts';

interface AccessType {
  group: string;
  version: string;
  kind: string;
  plural: string;
}
const authorization = { group: 'authorization.k8s.io', version: 'v1' };

/** Questions about oneself: there is one user, and that one may do all that is served. */
export const accessTypes: readonly AccessType[] = [
  { ...authorization, kind: 'SelfSubjectAccessReview', plural: 'selfsubjectaccessreviews' },
  { ...authorization, kind: 'SelfSubjectRulesReview', plural: 'selfsubjectrulesreviews' },
  { group: 'authentication.k8s.io', version: 'v1', kind: 'SelfSubjectReview', plural: 'selfsubjectreviews' },
];

/** The review type that a path posts to. */
export const accessTypeAt = (segments: string[]): AccessType | undefined =>
  segments[0] === 'apis' && segments.length === 4
    ? accessTypes.find(({ group, version, plural }) =>
        [group, version, plural].every((part, i) => part === segments[i + 1]),
      )
    : undefined;

const user = { username: 'hearth', groups: ['system:masters', 'system:authenticated'] };

/** Answers a review. */
export const review = (type: AccessType, body: unknown): Answer => {
  if (!isMap(body)) throw badRequest('the request body holds no object');
  const spec = isMap(body['spec']) ? body['spec'] : {};
  const head = { kind: type.kind, apiVersion: `${type.group}/${type.version}`, metadata: { creationTimestamp: null } };
  return {
    code: 201,
    json: { ...head, ...(type.kind === 'SelfSubjectReview' ? {} : { spec }), status: statusOf(type.kind, spec) },
  };
};

const statusOf = (kind: string, spec: Record<string, unknown>): object => {
  if (kind === 'SelfSubjectReview') return { userInfo: user };
  if (kind === 'SelfSubjectRulesReview') {
    return {
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      incomplete: false,
    };
  }
  const wanted = spec['resourceAttributes'];
  if (!isMap(wanted)) return { allowed: true };
  const { group = '', resource = '*', verb = '*' } = wanted as { group?: string; resource?: string; verb?: string };
  const type = resourceTypes.find((candidate) => candidate.plural === resource && candidate.group === group);
  if (resource === '*' || verb === '*' || !type || wanted['subresource']) return { allowed: true };
  if (type.verbs.includes(verb)) return { allowed: true };
  return { allowed: false, reason: `the engine writes ${type.plural} itself` };
};
