import type { ReactNode } from 'react';
import type { OfferId } from '../../../main/contract/offers.ts';
import { useOffer } from '../../lib/use-offer.ts';
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
const offerOf = {
  catalogue: 'images.addFromCatalogue',
  url: 'images.addFromUrl',
  upload: 'images.startUpload',
  file: 'images.addFromFile',
} as const satisfies Record<AddTab, OfferId>;

interface Props {
  tab: AddTab;
  onTab: (tab: AddTab) => void;
  onClose: () => void;
}

/** The four ways an image comes into the library. */
export function AddDialog({ tab, onTab, onClose }: Props): ReactNode {
  const lack = useOffer()(offerOf[tab]);
  return (
    <Dialog open size="large" onClose={onClose} title={t('addTitle')}>
      <Tabs
        label={t('tabs')}
        value={tab}
        onChange={onTab}
        items={tabs.map((each) => ({ value: each, label: t(`tab.${each}`) }))}
      >
        <div className={css.tab}>
          {lack === undefined ? (
            <Way tab={tab} onClose={onClose} />
          ) : (
            // What the target cannot do is said with its reason and the way round it.
            <Banner tone="note" title={t('notPossible')}>
              {lack}
            </Banner>
          )}
        </div>
      </Tabs>
    </Dialog>
  );
}

function Way({ tab, onClose }: { tab: AddTab; onClose: () => void }): ReactNode {
  switch (tab) {
    case 'catalogue':
      return <CatalogueTab onClose={onClose} />;
    case 'url':
      return <UrlTab onClose={onClose} />;
    case 'upload':
      return <UploadTab />;
    case 'file':
      return <FileTab onClose={onClose} />;
  }
}
