import type { CaObservation, PortObservation, ReadyzObservation, UnitObservation, Verdict } from './observations.ts';

const day = 24 * 60 * 60 * 1000;
/** Restarts since the climb began that are no longer patience but a loop. */
const loop = 3;

export function judgeUnit({ place, restartsBefore }: UnitObservation): Verdict {
  const unit = place?.unit;
  if (!unit) return { state: 'wait', detail: 'The service is not known to systemd, or it could not be asked.' };
  const restarts = unit.restarts - restartsBefore;
  if (unit.active === 'failed')
    return {
      state: 'fail',
      detail: `The service failed with code ${unit.exitStatus}.`,
      fix: 'Read the last lines of its journal: journalctl -u k3s',
    };
  if (restarts >= loop)
    return {
      state: 'fail',
      detail: `The service starts and ends again: ${restarts} times since, the last time with code ${unit.exitStatus}.`,
      cause: 'k3s cannot work on this machine as it is; the last error in its journal says why.',
      fix: 'Read the last lines of its journal: journalctl -u k3s',
    };
  if (unit.active === 'active') return { state: 'pass', detail: 'The service is active.' };
  const again = restarts > 0 ? `, started again ${restarts} times` : '';
  return { state: 'wait', detail: `The service is ${unit.active} (${unit.sub})${again}.` };
}

export function judgePort({ address, open, error }: PortObservation): Verdict {
  if (open) return { state: 'pass', detail: `${address} answers.` };
  const reasons: Record<string, string> = {
    EHOSTUNREACH: 'There is no way to that address.',
    ENETUNREACH: 'There is no way to that address.',
    ENOTFOUND: 'The name of the machine is not known.',
    ETIMEDOUT: 'Nothing answers: a firewall drops it, or the machine is off.',
  };
  const cause = error === undefined ? undefined : reasons[error];
  return {
    state: 'wait',
    detail: `Nothing listens at ${address} yet${error ? ` (${error})` : ''}.`,
    ...(cause && { cause }),
  };
}

export function judgeCa({ expected, served, certificate, dialled, now, error }: CaObservation): Verdict {
  if (error !== undefined) return { state: 'wait', detail: `The API server does not tell its authority yet: ${error}` };
  if (served !== undefined && served !== expected)
    return {
      state: 'fail',
      detail: 'The API server names another certificate authority than the kubeconfig.',
      cause: 'k3s was installed anew, or another Kubernetes listens on this port.',
      fix: 'Hand the kubeconfig over again; when that does not help, look which program listens on the port: ss -ltnp',
    };
  if (!certificate) return { state: 'wait', detail: 'The API server shows no certificate yet.' };
  if (certificate.notBefore > now + day)
    return {
      state: 'fail',
      detail: 'The certificate of the API server is not valid yet.',
      cause: 'The clock of one of the two computers is wrong, or was when k3s started first.',
      fix: 'Set the clock (timedatectl set-ntp true), then renew the certificates.',
    };
  if (certificate.notAfter < now)
    return {
      state: 'fail',
      detail: `The certificate of the API server expired on ${new Date(certificate.notAfter).toISOString().slice(0, 10)}.`,
      cause: 'k3s renews its certificates when it starts; it ran for longer than they are valid.',
      fix: 'Renew the certificates: k3s is restarted, virtual machines keep running.',
    };
  if (!certificate.names.includes(dialled))
    return {
      state: 'wait',
      detail: `The certificate is not for ${dialled} yet; it is for ${certificate.names.join(', ') || 'nobody'}.`,
      cause: 'After a change of address k3s needs a moment to issue it anew.',
    };
  return { state: 'pass', detail: `Its certificate is for ${dialled} and by our authority.` };
}

export function judgeReadyz({ status, text }: ReadyzObservation): Verdict {
  if (status === 200) return { state: 'pass', detail: 'Every check of the API server passes.' };
  if (status === 0) return { state: 'wait', detail: `The API server does not answer: ${text}` };
  if (status === 401 || status === 403)
    return {
      state: 'fail',
      detail: 'The API server does not accept our certificate.',
      cause: 'The client certificate expired, or k3s was installed anew.',
      fix: 'Renew the certificates, which hands the kubeconfig over again.',
    };
  const failing = [...text.matchAll(/^\[-\](\S+)\s+(.*)$/gm)].map((match) => match[1] ?? '');
  if (failing.length === 0) return { state: 'wait', detail: `The API server answers with ${status}.` };
  const slow = failing.find((name) => name.startsWith('poststarthook/rbac/bootstrap-roles'));
  const store = failing.find((name) => name === 'etcd' || name === 'etcd-readiness');
  return {
    state: 'wait',
    detail: `Not ready yet: ${failing.join(', ')}.`,
    ...(slow && { cause: 'The first roles are still being written; this takes long on a slow disk.' }),
    ...(store && { cause: 'The datastore does not answer: a slow or a full disk.' }),
  };
}
