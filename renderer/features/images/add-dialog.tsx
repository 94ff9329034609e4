import type { ReactNode } from 'react';
import { target, useLive } from '../../lib/resources.ts';
import type { Capability } from '../../../main/contract/target.ts';
import { Banner } from '../../ui/banner.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { CatalogueTab } from './catalogue-tab.tsx';
import { FileTab } from './file-tab.tsx';
import css from './images.module.css';
import { t } from './text.ts';
import { UploadTab } from './upload-tab.tsx';
import { UrlTab } from './url-tab.tsx';

export type AddTab = 'catalogue' | 'url' | 'upload' | 'file';
const tabs: AddTab[] = ['catalogue', 'url', 'upload', 'file'];

interface Props {
  tab: AddTab;
  onTab: (tab: AddTab) => void;
  onClose: () => void;
}

/** The four ways an image comes into the library. */
export function AddDialog({ tab, onTab, onClose }: Props): ReactNode {
  const { value } = useLive(target);
  const can = (id: Capability['id']): Capability | undefined =>
    value?.capabilities.find((each) => each.id === id && !each.supported);
  return (
    <Dialog open size="large" onClose={onClose} title={t('addTitle')}>
      <Tabs
        label={t('tabs')}
        value={tab}
        onChange={onTab}
        items={tabs.map((each) => ({ value: each, label: t(`tab.${each}`) }))}
      >
        <div className={css.tab}>
          {tab === 'catalogue' && <CatalogueTab onClose={onClose} />}
          {tab === 'url' && <UrlTab onClose={onClose} />}
          {tab === 'upload' && <Possible lacks={can('upload')}>{<UploadTab />}</Possible>}
          {tab === 'file' && <Possible lacks={can('localFiles')}>{<FileTab onClose={onClose} />}</Possible>}
        </div>
      </Tabs>
    </Dialog>
  );
}

/** What the target cannot do is said with its reason and the way round it. */
function Possible({ lacks, children }: { lacks: Capability | undefined; children: ReactNode }): ReactNode {
  if (!lacks) return children;
  return (
    <Banner tone="note" title={t('notPossible')}>
      {[lacks.reason, lacks.remedy].filter(Boolean).join(' ')}
    </Banner>
  );
}
