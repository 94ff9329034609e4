/** A whole path on the computer that runs Hearth. */
export const isPath = (text: string): boolean => /^(\/|[A-Za-z]:[\\/])./.test(text.trim());
