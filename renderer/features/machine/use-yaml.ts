import { useEffect, useState } from 'react';
import type { YamlFinding } from '../../../main/contract/machine.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import { asProblem } from '../../../main/contract/problem.ts';
import { useApi } from '../../lib/connection.ts';

/** Long enough that a person typing does not ask with every key. */
const quiet = 350;

export interface Checked {
  findings: YamlFinding[];
  /** Checking itself failed. */
  problem: Problem | undefined;
  /** The text the findings are about is older than the one shown. */
  checking: boolean;
}

/** What the backend finds in a text, shortly after typing stopped. Nothing is asked while `enabled` is false. */
export function useYamlCheck(yaml: string, enabled: boolean): Checked {
  const api = useApi();
  const [result, setResult] = useState<{ of: string; findings: YamlFinding[]; problem?: Problem }>();
  useEffect(() => {
    if (!enabled) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      api.machines.checkYaml({ yaml }, { signal: abort.signal }).then(
        (findings) => setResult({ of: yaml, findings }),
        (error: unknown) => abort.signal.aborted || setResult({ of: yaml, findings: [], problem: asProblem(error) }),
      );
    }, quiet);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [api, yaml, enabled]);
  return {
    findings: enabled ? (result?.findings ?? []) : [],
    problem: enabled ? result?.problem : undefined,
    checking: enabled && result?.of !== yaml,
  };
}
