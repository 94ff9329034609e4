import { useEffect, useState } from 'react';
import { asProblem } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import type { ManifestReport } from '../../../main/contract/templates.ts';
import { useApi } from '../../lib/connection.ts';

/** Long enough that a person typing does not ask with every key. */
const quiet = 400;

/** What the target says of a text, shortly after typing stopped; nothing while it is not `on`. */
export function useReport(
  yaml: string,
  namespace: string,
  on: boolean,
): { report: ManifestReport | undefined; problem: Problem | undefined; checking: boolean } {
  const api = useApi();
  const [answer, setAnswer] = useState<{ of: string; report?: ManifestReport; problem?: Problem }>();
  const of = `${namespace}\n${yaml}`;
  const empty = !on || yaml.trim() === '';
  useEffect(() => {
    if (empty) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      api.manifests.check({ yaml, namespace }, { signal: abort.signal }).then(
        (report) => abort.signal.aborted || setAnswer({ of, report }),
        (error: unknown) => abort.signal.aborted || setAnswer({ of, problem: asProblem(error) }),
      );
    }, quiet);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [api, yaml, namespace, of, empty]);
  return {
    report: empty ? undefined : answer?.report,
    problem: empty ? undefined : answer?.problem,
    checking: !empty && answer?.of !== of,
  };
}
