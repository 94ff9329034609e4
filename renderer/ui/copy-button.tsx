import { useEffect, useState } from 'react';
import { IconButton } from './icon-button.tsx';
import { CheckIcon, CopyIcon } from './icons.tsx';
import { toast } from './toast.tsx';

export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string | undefined }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1_500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () =>
        toast({
          title: 'Could not copy',
          detail: 'This page may not use the clipboard. Select the text and press Ctrl+C.',
          tone: 'warning',
        }),
    );
  };
  return <IconButton icon={copied ? CheckIcon : CopyIcon} label={copied ? 'Copied' : label} onClick={copy} />;
}
