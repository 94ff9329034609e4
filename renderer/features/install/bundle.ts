/** A path of a file on the computer that Hearth runs on. */
export const isBundlePath = (text: string): boolean => /^\/.*[^/]$/.test(text.trim());

export interface BundleCheck {
  missing: readonly string[];
  damaged: readonly string[];
}
export interface BundleVerdict {
  /** An appliance can be installed from it. */
  good: boolean;
  /** What an appliance needs and it does not have. */
  missing: string[];
  damaged: readonly string[];
  /** Whether it has what a throwaway cluster needs too. */
  kind: boolean;
}

/** What a look into a bundle means for an appliance, which needs nothing of what is for throwaway clusters. */
export function bundleVerdict({ missing, damaged }: BundleCheck): BundleVerdict {
  const needed = missing.filter((name) => !name.startsWith('kind-'));
  return {
    good: needed.length === 0 && damaged.length === 0,
    missing: needed,
    damaged,
    kind: needed.length === missing.length,
  };
}
