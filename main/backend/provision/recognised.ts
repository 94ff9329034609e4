import { recognise } from '../../../provisioning/failures/recognise.ts';

/** The best known cause of what a program printed. Each line is tried as a line of the journal and as the helper's own. */
export function recognised(lines: readonly string[]): { title: string; cause?: string; fix?: string } | undefined {
  const [first] = recognise(
    lines.flatMap((text) => [
      { source: 'helper' as const, text },
      { source: 'journal' as const, text },
    ]),
  );
  return first && { title: first.title, cause: first.detail, ...(first.fix && { fix: first.fix }) };
}
