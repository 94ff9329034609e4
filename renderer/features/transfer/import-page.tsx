import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ApplianceHardware, TransferSource } from '../../../main/contract/transfer.ts';
import { useCall } from '../../lib/use-call.ts';
import { useMay } from '../../lib/use-may.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { ChooseFile } from './choose-file.tsx';
import { Inside } from './inside.tsx';
import { Kept } from './kept.tsx';
import { t } from './text.ts';
import css from './transfer.module.css';

/** A machine file is chosen, looked into, and made a machine. `file`: of this computer, chosen already (in its file manager). */
export function ImportPage({ file }: { file?: string | undefined }): ReactNode {
  const [source, setSource] = useState<TransferSource | undefined>(file === undefined ? undefined : { path: file });
  const lack = useOffer()('transfer.import');
  const may = useMay();
  return (
    <Page>
      <PageHeader
        title={t('import.title')}
        subtitle={t('import.subtitle')}
        back={{ to: '/machines', label: t('import.back') }}
        actions={
          <Button to="/machines/other" why={may('foreign.preview')}>
            {t('import.other')}
          </Button>
        }
      />
      <div className={css.page}>
        {lack && (
          <Banner tone="note" title={t('import.cannot')}>
            {lack}
          </Banner>
        )}
        {source ? <Look source={source} onAgain={() => setSource(undefined)} /> : <ChooseFile onSource={setSource} />}
        <Kept />
      </div>
    </Page>
  );
}

function Look({ source, onAgain }: { source: TransferSource; onAgain: () => void }): ReactNode {
  const [networks, setNetworks] = useState<Record<string, string>>({});
  const [hardware, setHardware] = useState<ApplianceHardware>({});
  const preview = useCall(
    ['transfer.preview', JSON.stringify(source), JSON.stringify(networks), JSON.stringify(hardware)],
    (api) => api.transfer.preview({ source, networks, hardware }),
    { staleMs: 0, keepFor: 2 },
  );
  if (preview.value)
    return (
      <Inside
        source={source}
        preview={preview.value}
        networks={networks}
        onNetworks={setNetworks}
        hardware={hardware}
        onHardware={setHardware}
        onAgain={onAgain}
      />
    );
  if (!preview.problem) return <Skeleton count={6} />;
  return <ProblemView problem={preview.problem} actions={<Button onClick={onAgain}>{t('import.again')}</Button>} />;
}
