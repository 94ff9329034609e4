import { ProblemError } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';

interface StatusBody {
  kind?: string;
  message?: string;
  reason?: string;
  details?: { causes?: { field?: string; message?: string }[]; name?: string; kind?: string };
}

/** A refusal of the target, or that it could not be reached (`code` 0). */
export class KubeError extends ProblemError {
  /** HTTP status; 0 when no answer came. */
  readonly code: number;
  /** Kubernetes reason, e.g. NotFound, AlreadyExists, Conflict, Invalid, Expired. */
  readonly reason: string;
  /** Seconds after which the target wants to be asked again (429). */
  readonly retryAfter: number | undefined;
  constructor(
    code: number,
    reason: string,
    problem: ConstructorParameters<typeof ProblemError>[0],
    cause?: unknown,
    retryAfter?: number,
  ) {
    super(problem, { cause });
    this.name = 'KubeError';
    this.code = code;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

export const isNotFound = (error: unknown): boolean => error instanceof KubeError && error.code === 404;
export const isUnreachable = (error: unknown): boolean => error instanceof KubeError && error.code === 0;

/**
 * Whether a refused port-forward means that nobody in the machine takes the connection, and how: KubeVirt dials before it
 * answers, and its error says what came of that ("dialing VM: dial tcp ...: connection refused").
 */
export function notListening(error: unknown): 'closed' | 'silent' | undefined {
  if (!(error instanceof KubeError) || error.code < 500) return undefined;
  const { detail } = error.problem;
  if (/refused/i.test(detail)) return 'closed';
  return /dial|timeout|timed out|unreachable|no route/i.test(detail) ? 'silent' : undefined;
}

const full = {
  code: 'disk-full',
  title: 'The disk of the target is full',
  fix: 'Free some space where the target keeps its data, then do it again. What was saved before is whole.',
};
const words: Record<number, Pick<Problem, 'title' | 'code'> & Partial<Problem>> = {
  401: {
    code: 'target-signed-out',
    title: 'The target does not accept our credentials',
    fix: 'The token or certificate in the kubeconfig expired or was replaced: get a new one.',
    kind: 'denied',
  },
  403: { code: 'target-forbidden', title: 'The target does not allow this', kind: 'denied' },
  404: { code: 'not-found', title: 'It is not there (any more)' },
  409: { code: 'conflict', title: 'Not possible in the present state' },
  422: { code: 'invalid', title: 'The target refuses this' },
  507: full,
  429: { code: 'target-busy', title: 'The target is busy', fix: 'Try again in a moment.' },
};

/** A non-2xx answer as an error. `body` is Kubernetes' Status as JSON, or plain text. */
export function answerError(code: number, body: string, request: string, retryAfter?: string): KubeError {
  let status: StatusBody = {};
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) status = parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    status = { message: body.slice(0, 2000).trim() };
  }
  const reason = status.reason ?? '';
  const base = words[code] ?? { code: 'target-error', title: 'The target answered with an error' };
  const special =
    reason === 'AlreadyExists' ? { code: 'already-exists', title: 'There is one of that name already' } : {};
  const webhook = code === 500 && (status.message ?? '').includes('failed calling webhook') ? checksAway : {};
  const readOnly =
    code === 507 && /read-only/.test(status.message ?? '')
      ? {
          code: 'disk-read-only',
          title: 'The disk of the target is read-only',
          fix: 'Make it writable again; Linux makes it read-only by itself after errors of the disk.',
        }
      : {};
  const causes = (status.details?.causes ?? []).filter((cause) => cause.field);
  return new KubeError(
    code,
    reason,
    {
      ...base,
      ...special,
      ...webhook,
      ...readOnly,
      detail: plainMessage(status.message) || `HTTP ${code}`,
      command: request,
      ...(causes.length > 0 && {
        fields: Object.fromEntries(causes.map((cause) => [cause.field ?? '', cause.message ?? ''])),
      }),
    },
    undefined,
    /^\d+$/.test(retryAfter ?? '') ? Number(retryAfter) : undefined,
  );
}

/** KubeVirt's and CDI's webhooks fail closed: while they are away, nothing is written. */
const checksAway = {
  code: 'target-checks-away',
  title: 'The target cannot check this now',
  cause: 'The part of KubeVirt or CDI that checks every change is restarting or overloaded. Nothing was changed.',
  fix: 'Try again in a moment. If it stays so, look at the pods virt-api and cdi-apiserver.',
};

/** Without the frame that the API server puts around a webhook's words. */
const plainMessage = (message = ''): string =>
  message.replace(/^admission webhook "[^"]+" denied the request: /, '').trim();

/** No answer at all. */
export function unreachable(server: URL, request: string, cause: unknown): KubeError {
  const code = (cause as { code?: string }).code ?? '';
  const message = cause instanceof Error ? cause.message : String(cause);
  const tls = /CERT|SELF_SIGNED|TLS|SSL|ISSUER/.test(code);
  return new KubeError(
    0,
    code,
    {
      code: tls ? 'target-untrusted' : 'target-unreachable',
      title: tls ? 'The target is not who it should be' : 'The target does not answer',
      detail: `${server.host}: ${message}${code && !message.includes(code) ? ` (${code})` : ''}`,
      cause: tls
        ? 'Its certificate is not signed by the authority in the kubeconfig.'
        : 'It is stopped, restarting, or the network is down.',
      fix: tls ? 'Get a new kubeconfig from the machine.' : 'Hearth keeps trying.',
      command: request,
    },
    cause,
  );
}
