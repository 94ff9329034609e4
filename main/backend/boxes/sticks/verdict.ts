import type { StickLook } from '../../../contract/box/sticks.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { TrustedKey } from '../image/keys.ts';
import { openManifest } from '../image/manifest.ts';
import type { StickReading } from './write/look.ts';

/** What was read of a stick, judged by who signed it. */
export function judgeReading(reading: StickReading, keys: readonly TrustedKey[]): StickLook {
  const settings = reading.settings && { settings: reading.settings };
  try {
    const manifest = Buffer.from(reading.manifest, 'base64');
    const opened = openManifest(manifest, Buffer.from(reading.signature, 'base64'), keys);
    const { version, builtAt, base, payload } = opened.manifest.image;
    const size = opened.manifest.files.reduce((sum, file) => sum + file.size, 0);
    const image = { version, builtAt, size, base, payload, signedBy: opened.signedBy };
    const { bad } = reading;
    if (!bad) {
      const note = reading.table.length > 0 ? ` Its partition table could be better: ${reading.table.join('; ')}.` : '';
      return { image, verdict: 'good', why: `All ${reading.files} files are as they were signed.${note}`, ...settings };
    }
    return {
      image,
      verdict: 'damaged',
      ...(bad.byte !== undefined && { badOffset: bad.byte }),
      why: damage(bad),
      ...settings,
    };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const { code, detail } = error.problem;
    return { verdict: code === 'image-foreign' ? 'foreign' : 'damaged', why: detail, ...settings };
  }
}

function damage({ path, what, byte, exact }: NonNullable<StickReading['bad']>): string {
  switch (what) {
    case 'missing':
      return `${path} is missing.`;
    case 'unlisted':
      return `${path} does not belong to this image.`;
    case 'size':
      return `${path} has another size than it was signed with.`;
    case 'content':
      return exact ? `${path} differs at byte ${byte} of the stick.` : `${path}, which begins at byte ${byte} of the stick, is not as it was signed.`; // prettier-ignore
  }
}

/** The Problem of a stick that must not be used as it is; undefined for a good one. */
export function problemOf(look: StickLook): ProblemError | undefined {
  if (look.verdict === 'good') return undefined;
  return look.verdict === 'foreign'
    ? new ProblemError({
        code: 'stick-foreign',
        title: 'This stick was signed by nobody known',
        detail: look.why,
        cause: 'Its image was built by somebody else.',
        fix: 'Write it anew from an image you trust, or put the builder’s .pub among the trusted keys.',
      })
    : new ProblemError({
        code: 'stick-damaged',
        title: 'This stick is damaged',
        detail: look.why,
        cause: 'The drive lost bytes, was pulled out too early, or somebody changed it.',
        fix: 'Write it anew; if it happens again, take another drive.',
      });
}
