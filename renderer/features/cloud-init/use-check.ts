import { useEffect, useState } from 'react';
import type { CloudInitCheck } from '../../../main/contract/cloud-init.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { asProblem } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import { useApi } from '../../lib/connection.ts';

const quietMs = 350;
export interface CheckFor {
  namespace: string;
  machine?: string | undefined;
  image?: ObjectRef | undefined;
  macs?: readonly string[] | undefined;
}
export interface Checked {
  check: CloudInitCheck | undefined;
  problem: Problem | undefined;
  /** What is shown is about an older text. */
  checking: boolean;
}

/** What the backend finds in user data and network data, shortly after typing stopped. */
export function useCheck(userData: string, networkData: string, of: CheckFor): Checked {
  const api = useApi();
  const asked = JSON.stringify([userData, networkData, of]);
  const [answer, setAnswer] = useState<{ of: string; check?: CloudInitCheck; problem?: Problem }>();
  useEffect(() => {
    const over = new AbortController();
    const timer = setTimeout(() => {
      const [user, network, context] = JSON.parse(asked) as [string, string, CheckFor];
      const { namespace, machine, image, macs } = context;
      const input = { userData: user, networkData: network, namespace, ...(machine && { machine }), ...(image && { image }), ...(macs && { macs: [...macs] }) }; // prettier-ignore
      api.cloudInit.check(input, { signal: over.signal }).then(
        (check) => over.signal.aborted || setAnswer({ of: asked, check }),
        (error: unknown) => over.signal.aborted || setAnswer({ of: asked, problem: asProblem(error) }),
      );
    }, quietMs);
    return () => {
      clearTimeout(timer);
      over.abort();
    };
  }, [api, asked]);
  return { check: answer?.check, problem: answer?.problem, checking: answer?.of !== asked };
}
