import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { SnippetsLibrary } from '../cloud-init/snippets-library.tsx';
import { TemplatesTab } from './templates-tab.tsx';
import { t } from './text.ts';
import { TypesTab } from './types-tab.tsx';

const tabs = ['templates', 'types', 'preferences', 'snippets'] as const;
type Tab = (typeof tabs)[number];

/** Templates of machines, instance types, preferences. */
export function TemplatesPage({ tab }: { tab: string | undefined }): ReactNode {
  const [, go] = useLocation();
  const offer = useOffer();
  const value: Tab = tabs.find((each) => each === tab) ?? 'templates';
  return (
    <Page fill={value !== 'snippets'}>
      <PageHeader
        title={t('title')}
        subtitle={t('subtitle')}
        actions={
          <Button to="/manifests" why={offer('manifests.apply')}>
            {t('manifest')}
          </Button>
        }
      />
      <Tabs
        fill={value !== 'snippets'}
        label={t('tabs')}
        value={value}
        onChange={(next) => go(next === 'templates' ? '/templates' : `/templates/${next}`)}
        items={tabs.map((each) => ({ value: each, label: t(`tab.${each}`) }))}
      >
        {value === 'templates' ? (
          <TemplatesTab />
        ) : value === 'snippets' ? (
          <SnippetsLibrary />
        ) : (
          <TypesTab key={value} of={value} />
        )}
      </Tabs>
    </Page>
  );
}
