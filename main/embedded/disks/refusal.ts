/**
 * Why data cannot become a disk. `code` is stable (it becomes the condition's reason); the message is a plain sentence:
 * what it is, why that is dangerous or wrong, what to do.
 */
export class Refusal extends Error {
  readonly code: string;
  /** Trying again may help (network trouble); everything else fails at once. */
  readonly retry: boolean;
  constructor(code: string, message: string, options: { retry?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'Refusal';
    this.code = code;
    this.retry = options.retry ?? false;
  }
}

/** The code of a Node system error, if it is one. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Any error as one: what is not a refusal is a plain failure of this computer (disk, permission, a missing program). */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const code = errnoOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new Refusal('NotEnoughSpace', 'The disk of this computer is full. Free some space and try again.', {
      cause: error,
    });
  if (code === 'EACCES' || code === 'EPERM')
    return new Refusal('PermissionDenied', `This computer does not let Hearth use a file it needs: ${textOf(error)}`, {
      cause: error,
    });
  return new Refusal('Failed', textOf(error), { cause: error });
}

export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
