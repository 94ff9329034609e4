/** One cause inside a Kubernetes Status. */
export interface StatusCause {
  reason: string;
  message: string;
  field?: string;
}

/** A refusal in the words of the Kubernetes API: becomes a Status object with this HTTP code. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly causes: StatusCause[];
  readonly details:
    { group?: string; kind?: string; name?: string; uid?: string; retryAfterSeconds?: number } | undefined;
  constructor(
    code: number,
    reason: string,
    message: string,
    options: { causes?: StatusCause[]; details?: StatusError['details'] } = {},
  ) {
    super(message);
    this.name = 'StatusError';
    this.code = code;
    this.reason = reason;
    this.causes = options.causes ?? [];
    this.details = options.details;
  }
}

export const notFound = (groupResource: string, name: string): StatusError => {
  const [kind = '', ...group] = groupResource.split('.');
  return new StatusError(404, 'NotFound', `${groupResource} "${name}" not found`, {
    details: { kind, group: group.join('.'), name },
  });
};
export const conflict = (message: string): StatusError => new StatusError(409, 'Conflict', message);
export const badRequest = (message: string): StatusError => new StatusError(400, 'BadRequest', message);
export const invalid = (message: string, causes: StatusCause[]): StatusError =>
  new StatusError(422, 'Invalid', message, { causes });
