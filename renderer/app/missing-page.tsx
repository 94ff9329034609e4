import { Button } from '../ui/button.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Page } from '../ui/page.tsx';
import { t } from './text.ts';

export function MissingPage() {
  return (
    <Page>
      <PageHeader title={t('missing.title')} subtitle={t('missing.text')} />
      <div>
        <Button tone="primary" to="/">
          {t('missing.home')}
        </Button>
      </div>
    </Page>
  );
}
