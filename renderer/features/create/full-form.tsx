import { useState } from 'react';
import type { ReactNode } from 'react';
import { bytes } from '../../lib/format.ts';
import { Fold, Folds } from '../../ui/fold.tsx';
import { AdvancedSection } from './advanced-section.tsx';
import { CloudInitSection } from './cloud-init-section.tsx';
import { DevicesSection } from './devices-section.tsx';
import { DisksSection } from './disks-section.tsx';
import { NetworkSection } from './network-section.tsx';
import { ReviewSection } from './review-section.tsx';
import { SizeSection } from './size-parts.tsx';
import { t } from './text.ts';
import type { Form } from './use-create.ts';
import { sectionOf } from './validate.ts';

type Name = 'size' | 'disks' | 'network' | 'devices' | 'cloudInit' | 'advanced' | 'review';
const names: Name[] = ['size', 'disks', 'network', 'devices', 'cloudInit', 'advanced', 'review'];

/** The whole form, folded: each fold says what is chosen in it. */
export function FullForm({ form }: { form: Form }): ReactNode {
  const [open, setOpen] = useState<ReadonlySet<Name>>(new Set());
  const shown = Object.keys(form.errors).filter((path) => form.error(path) !== undefined);
  const count = (name: Name): number => shown.filter((path) => sectionOf(path) === name).length;
  const turn = (name: Name, on: boolean): void => {
    if (open.has(name) === on) return;
    const next = new Set(open);
    if (on) next.add(name);
    else next.delete(name);
    setOpen(next);
  };
  return (
    <Folds>
      {names.map((name) => (
        <Fold
          key={name}
          title={t(`section.${name}`)}
          summary={summaryOf(name, form)}
          problems={count(name)}
          open={open.has(name) || (form.submitted && count(name) > 0)}
          onOpen={(on) => turn(name, on)}
        >
          <Body name={name} form={form} />
        </Fold>
      ))}
    </Folds>
  );
}

function Body({ name, form }: { name: Name; form: Form }): ReactNode {
  switch (name) {
    case 'size':
      return <SizeSection form={form} />;
    case 'disks':
      return <DisksSection form={form} />;
    case 'network':
      return <NetworkSection form={form} />;
    case 'devices':
      return <DevicesSection form={form} />;
    case 'cloudInit':
      return <CloudInitSection form={form} />;
    case 'advanced':
      return <AdvancedSection form={form} />;
    case 'review':
      return <ReviewSection form={form} />;
  }
}

/** What is chosen in a fold, in a few words. */
function summaryOf(name: Name, { draft, image, fit }: Form): string {
  switch (name) {
    case 'size':
      return draft.size === 'free' && Number.isFinite(fit.cpus)
        ? t('size.detail', { cpus: fit.cpus, memory: bytes(draft.memory) })
        : draft.instancetype;
    case 'disks': {
      const root = bytes(draft.rootSize ?? image?.virtualSize);
      return draft.extraDisks.length > 0 ? t('disks.summary', { root, n: draft.extraDisks.length }) : root;
    }
    case 'network':
      if (!draft.podNetwork && draft.nics.length === 0) return t('network.off');
      return [
        draft.podNetwork && draft.model,
        ...draft.nics.map(({ network }) => network.split('/')[1]),
        draft.podNetwork && draft.forwards.length > 0 && t('network.summary', { n: draft.forwards.length }),
      ]
        .filter(Boolean)
        .join(', ');
    case 'devices':
      return [draft.windows.on && t('windows'), draft.tpm !== 'preferred' && draft.tpm !== 'none' && t('tpm')]
        .filter(Boolean)
        .join(', ');
    case 'cloudInit':
      return t(`cloud.${draft.cloudInit}`);
    case 'advanced':
      return t(`strategy.${draft.runStrategy}`);
    case 'review':
      return '';
  }
}
