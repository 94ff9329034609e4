import { Refusal } from './status.ts';

export interface Asked {
  method: string;
  /** Without its query. */
  path: string;
  query: URLSearchParams;
}
/** What a cluster does to a request instead of answering it. */
export type Trouble =
  /** An answer that is no 2xx. */
  | { type: 'refuse'; refusal: Refusal }
  /** The connection is closed without an answer. */
  | { type: 'drop' }
  /** It is answered, later. */
  | { type: 'slow'; ms: number }
  /** Done as asked, and then the answer is lost on the way. */
  | { type: 'lose-answer' };

export interface Troubles {
  /** The next `times` matching requests get it (1 unless told; Infinity until `clear`). */
  next(match: RegExp | ((asked: Asked) => boolean), trouble: Trouble, times?: number): void;
  clear(): void;
  take(asked: Asked): Trouble | undefined;
}
export function createTroubles(): Troubles {
  let waiting: { match: (asked: Asked) => boolean; trouble: Trouble; left: number }[] = [];
  return {
    next(match, trouble, times = 1) {
      const test = match instanceof RegExp ? (asked: Asked) => match.test(`${asked.method} ${asked.path}`) : match;
      waiting.push({ match: test, trouble, left: times });
    },
    clear() {
      waiting = [];
    },
    take(asked) {
      const found = waiting.find((each) => each.left > 0 && each.match(asked));
      if (found) found.left -= 1;
      return found?.trouble;
    },
  };
}

const refuse = (refusal: Refusal): Trouble => ({ type: 'refuse', refusal });
const url = 'https://virt-api.kubevirt.svc:443/virtualmachines-validate?timeout=10s';
const webhook =
  'Internal error occurred: failed calling webhook "virtualmachine-validator.kubevirt.io": failed to call webhook';

/** Misbehaviour in the words that Kubernetes 1.36 and KubeVirt 1.9 have for it. */
export const trouble = {
  drop: { type: 'drop' } as Trouble,
  loseAnswer: { type: 'lose-answer' } as Trouble,
  slow: (ms: number): Trouble => ({ type: 'slow', ms }),
  /** virt-api is slow: the API server gave up on it after ten seconds. */
  webhookTimeout: refuse(new Refusal(500, 'InternalError', `${webhook}: Post "${url}": context deadline exceeded`)),
  /** virt-api restarts: nobody listens. */
  webhookDown: refuse(new Refusal(500, 'InternalError', `${webhook}: Post "${url}": dial tcp 10.43.7.12:443: connect: connection refused`)),
  noEndpoints: refuse(new Refusal(500, 'InternalError', `${webhook}: Post "${url}": no endpoints available for service "virt-api"`)),
  /** The API server sheds load (priority and fairness). */
  tooMany: (seconds: number): Trouble =>
    refuse(new Refusal(429, 'TooManyRequests', 'too many requests, please try again later', { plain: true, headers: { 'retry-after': String(seconds) } })),
  /** Somebody else wrote it in between. */
  stale: (resource: string, name: string): Trouble =>
    refuse(new Refusal(409, 'Conflict', `Operation cannot be fulfilled on ${resource} "${name}": the object has been modified; please apply your changes to the latest version and try again`)),
  /** An aggregated API without its server. */
  unavailable: refuse(new Refusal(503, 'ServiceUnavailable', 'the server is currently unable to handle the request')),
  plain500: (text: string): Trouble => refuse(new Refusal(500, '', text, { plain: true })),
}; // prettier-ignore
