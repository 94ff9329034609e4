import { Button } from '../ui/button.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Page } from '../ui/page.tsx';
import { t } from './text.ts';

/** In place of a page that is of no use to whoever is signed in. */
export function NotYoursPage({ why }: { why: string }) {
  return (
    <Page>
      <PageHeader title={t('notYours')} subtitle={why} />
      <div>
        <Button tone="primary" to="/">
          {t('missing.home')}
        </Button>
      </div>
    </Page>
  );
}
