import { randomBytes } from 'node:crypto';
import { monotonic } from '../../kube/monotonic.ts';

const life = 5 * 60_000;
const leeway = 10_000;

/** Upload tokens: random, good for one claim and five minutes, checked at the start of a request only (as CDI's). */
export class Tokens {
  private readonly known = new Map<string, { namespace: string; claim: string; until: number }>();

  issue(namespace: string, claim: string): string {
    const now = monotonic();
    for (const [token, { until }] of this.known) if (until + leeway < now) this.known.delete(token);
    const token = randomBytes(32).toString('base64url');
    this.known.set(token, { namespace, claim, until: now + life });
    return token;
  }

  /** The claim a token is for; undefined when it is unknown or too old. */
  check(token: string): { namespace: string; claim: string } | undefined {
    const found = this.known.get(token);
    return found && found.until + leeway >= monotonic() ? found : undefined;
  }
}
