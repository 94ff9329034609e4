import { useEffect, useRef, useState } from 'react';
import type { Api } from '../../main/contract/contract.ts';
import type { YamlFinding } from '../../main/contract/machine.ts';
import { asProblem } from '../../main/contract/problem.ts';
import type { Problem } from '../../main/contract/problem.ts';
import { useApi } from './connection.ts';

/** Long enough that a person typing does not ask with every key. */
const quiet = 350;

export interface Findings {
  findings: readonly YamlFinding[];
  /** Checking itself failed. */
  problem: Problem | undefined;
  /** The findings are about an older text than the one shown. */
  checking: boolean;
}
const none: readonly YamlFinding[] = [];

/** What the backend finds in a text, shortly after typing stopped. Nothing is asked while `enabled` is false. */
export function useFindings(
  text: string,
  enabled: boolean,
  check: (api: Api, text: string, signal: AbortSignal) => Promise<YamlFinding[]>,
): Findings {
  const api = useApi();
  const latest = useRef(check);
  useEffect(() => {
    latest.current = check;
  });
  const [result, setResult] = useState<{ of: string; findings: readonly YamlFinding[]; problem?: Problem }>();
  useEffect(() => {
    if (!enabled) return undefined;
    const { signal, abort } = controller();
    const timer = setTimeout(() => {
      latest.current(api, text, signal).then(
        (findings) => signal.aborted || setResult({ of: text, findings }),
        (error: unknown) => signal.aborted || setResult({ of: text, findings: none, problem: asProblem(error) }),
      );
    }, quiet);
    return () => {
      clearTimeout(timer);
      abort();
    };
  }, [api, text, enabled]);
  return {
    findings: enabled ? (result?.findings ?? none) : none,
    problem: enabled ? result?.problem : undefined,
    checking: enabled && result?.of !== text,
  };
}

function controller(): { signal: AbortSignal; abort: () => void } {
  const made = new AbortController();
  return { signal: made.signal, abort: () => made.abort() };
}
