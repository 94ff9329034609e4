import { asProblem } from '../../../contract/problem.ts';
import type { Problem } from '../../../contract/problem.ts';
import { KubeError } from '../../target/kube-error.ts';

type Words = Pick<Problem, 'code' | 'title' | 'fix'> & { cause?: string };

/** Codes of Node's sockets, resolver and TLS (nodejs.org/api/tls.html, "X509 certificate error codes"). */
const byCode: [RegExp, Words][] = [
  [/^(ENOTFOUND|EAI_AGAIN|EAI_NODATA|EAI_NONAME)$/, {
    code: 'cluster-name-unknown',
    title: 'The name of the cluster is not known here',
    cause: 'Its host name is not in any DNS that this computer asks.',
    fix: 'Check the address in the kubeconfig; a VPN may have to be on.',
  }],
  [/^ECONNREFUSED$/, {
    code: 'cluster-refused',
    title: 'Nothing listens at the address of the cluster',
    cause: 'The API server is stopped, or its address or port changed.',
    fix: 'Start the cluster, or get a new kubeconfig from it.',
  }],
  [/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET|EPIPE|ABORT)$/, {
    code: 'cluster-unreachable',
    title: 'The cluster does not answer',
    cause: 'It is off, or a firewall or a missing VPN is between.',
    fix: 'Check that this computer can reach it, then try again.',
  }],
  [/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/, {
    code: 'cluster-certificate-expired',
    title: 'The certificate of the cluster is out of date',
    cause: 'It ended (or has not begun), or the clock of one of the two computers is wrong.',
    fix: 'Check the clocks; restart the cluster so that it renews its certificate.',
  }],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, {
    code: 'cluster-certificate-name',
    title: 'The certificate of the cluster is for another name',
    cause: 'The address in the kubeconfig is not in the certificate.',
    fix: 'Use a name that is in it, or add this one (k3s: `tls-san`).',
  }],
  [/^(EPROTO|ERR_SSL_.*|HPE_.*)$/, {
    code: 'not-kubernetes',
    title: 'This is not a Kubernetes API',
    cause: 'Something else listens there, or http and https were mixed up.',
    fix: 'Check the address in the kubeconfig.',
  }],
  [/CERT|SIGNATURE|ISSUER|SELF_SIGNED|TLS/, {
    code: 'cluster-wrong-authority',
    title: 'The cluster is not who it should be',
    cause: 'Its certificate is not signed by the authority in the kubeconfig: it was installed anew, or another one answers.',
    fix: 'Get a new kubeconfig from the machine itself.',
  }],
]; // prettier-ignore

const byStatus: Record<number, Words> = {
  401: {
    code: 'cluster-signed-out',
    title: 'The cluster does not accept these credentials',
    cause: 'The token or certificate ended, or was replaced.',
    fix: 'Get a new kubeconfig.',
  },
  403: {
    code: 'cluster-forbidden',
    title: 'These credentials may not look at the cluster',
    cause: 'Hearth watches virtual machines: of all namespaces, or of the one that the kubeconfig names.',
    fix: 'Use credentials with at least the right to list virtual machines, or name your namespace in the context (kubectl config set-context --current --namespace NAME).',
  },
  404: {
    code: 'not-kubernetes',
    title: 'This is not a Kubernetes API',
    cause: 'Something else listens there.',
    fix: 'Check the address in the kubeconfig.',
  },
};

/** Why a cluster did not answer as it should, each cause under a code of its own. */
export function clusterProblem(error: unknown, server: URL): Problem {
  if (error instanceof SyntaxError)
    return {
      code: 'not-kubernetes',
      title: 'This is not a Kubernetes API',
      detail: `${server.host} answered, but not as an API server does.`,
      fix: 'Check the address in the kubeconfig.',
      kind: 'failed',
    };
  const problem = asProblem(error);
  const aborted = error instanceof Error && ['AbortError', 'TimeoutError'].includes(error.name);
  if (aborted)
    return worded('ABORT', { ...problem, kind: 'failed', detail: `${server.host} did not answer within 10 s.` });
  if (!(error instanceof KubeError)) return problem;
  if (error.code === 0) return worded(error.reason, problem);
  return { ...problem, ...byStatus[error.code] };
}
const worded = (code: string, problem: Problem): Problem => ({
  ...problem,
  ...byCode.find(([pattern]) => pattern.test(code))?.[1],
});

export const credentialsExpired = (ended: Date): Problem => ({
  code: 'credentials-expired',
  title: 'The client certificate in the kubeconfig ended',
  detail: `It was valid until ${ended.toISOString().slice(0, 10)}.`,
  fix: 'Get a new kubeconfig from the cluster.',
  kind: 'denied',
});

export const noKubeVirt: Problem = {
  code: 'no-kubevirt',
  title: 'The cluster has no KubeVirt',
  detail: 'It answers, but virtual machines cannot run on it yet.',
  fix: 'Install KubeVirt and CDI there (kubevirt.io), or choose "Install on this computer".',
  kind: 'failed',
};
