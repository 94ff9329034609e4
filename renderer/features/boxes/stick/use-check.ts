import { useEffect, useState } from 'react';
import type { BoxWishesInput } from '../../../../main/contract/box/settings.ts';
import { asProblem } from '../../../../main/contract/problem.ts';
import type { Problem } from '../../../../main/contract/problem.ts';
import { useApi } from '../../../lib/connection.ts';

/** Long enough that a person typing does not ask with every key. */
const quietMs = 300;

export interface Check {
  /** Path of a field -> what is wrong with it. */
  fields: Readonly<Record<string, string>>;
  problem?: Problem;
  /** The answer is about an older draft. */
  checking: boolean;
}
const fine = {};

/** What the box would say about these wishes, shortly after typing stopped. */
export function useCheck(wishes: BoxWishesInput): Check {
  const api = useApi();
  const text = JSON.stringify(wishes);
  const [answer, setAnswer] = useState<{ of: string; fields: Record<string, string>; problem?: Problem }>();
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const timer = setTimeout(() => {
      api.boxes.check({ wishes: JSON.parse(text) as unknown }, { signal }).then(
        ({ fields }) => signal.aborted || setAnswer({ of: text, fields }),
        (error: unknown) => signal.aborted || setAnswer({ of: text, fields: {}, problem: asProblem(error) }),
      );
    }, quietMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [api, text]);
  return {
    fields: answer?.fields ?? fine,
    checking: answer?.of !== text,
    ...(answer?.problem && { problem: answer.problem }),
  };
}
