import { useEffect, useState } from 'react';
import { IconButton } from './icon-button.tsx';
import { CheckIcon, CopyIcon } from './icons.tsx';
import { toast } from './toast.tsx';
import { t } from './text.ts';

export function CopyButton({ text, label = t('copy') }: { text: string; label?: string | undefined }) {
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
          title: t('copy.failed'),
          detail: t('copy.failedText'),
          tone: 'warning',
        }),
    );
  };
  return <IconButton icon={copied ? CheckIcon : CopyIcon} label={copied ? t('copied') : label} onClick={copy} />;
}
