/** An answer of an API server that is no 2xx. */
export class Refusal extends Error {
  readonly code: number;
  readonly reason: string;
  readonly causes: readonly { reason?: string; field: string; message: string }[];
  /** Answered as text/plain instead of as a Status. */
  readonly plain: boolean;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    code: number,
    reason: string,
    message: string,
    more: { causes?: Refusal['causes']; plain?: boolean; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.causes = more.causes ?? [];
    this.plain = more.plain ?? false;
    this.headers = more.headers ?? {};
  }
  body(): string {
    if (this.plain) return this.message;
    const { code, reason, message, causes } = this;
    const details = causes.length > 0 ? { details: { causes } } : {};
    return JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, ...details, code }); // prettier-ignore
  }
}
export const notFound = (resource: string, name: string): Refusal =>
  new Refusal(404, 'NotFound', `${resource} "${name}" not found`);
export const conflict = (resource: string, name: string, why: string): Refusal =>
  new Refusal(409, 'Conflict', `Operation cannot be fulfilled on ${resource} "${name}": ${why}`);
/** How the API server tells what a webhook refused. */
export const denied = (webhook: string, causes: { field: string; message: string }[]): Refusal =>
  new Refusal(
    422,
    'Invalid',
    `admission webhook "${webhook}" denied the request: ${causes.map(({ message }) => message).join(', ')}`,
    { causes: causes.map((cause) => ({ reason: 'FieldValueInvalid', ...cause })) },
  );
