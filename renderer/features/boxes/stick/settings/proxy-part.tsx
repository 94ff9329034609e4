import { TextArea } from '../../../../ui/text-area.tsx';
import { TextField } from '../../../../ui/text-field.tsx';
import css from '../../boxes.module.css';
import { errorOf } from '../../network-draft.ts';
import { t } from '../text.ts';
import type { PartProps } from './part.ts';

/** For networks that reach the internet by a proxy, or have certificates of their own. */
export function ProxyPart({ draft, set, fields }: PartProps) {
  return (
    <div className={css.stack}>
      <div className={css.pair}>
        <TextField label={t('proxy.https')} value={draft.proxyHttps} onChange={(proxyHttps) => set({ proxyHttps })} error={fields['proxy.https']} placeholder="http://proxy.lan:3128" optional mono />
        <TextField label={t('proxy.http')} value={draft.proxyHttp} onChange={(proxyHttp) => set({ proxyHttp })} error={fields['proxy.http']} placeholder="http://proxy.lan:3128" optional mono />
        <TextField label={t('proxy.no')} hint={t('proxy.noHint')} value={draft.proxyNo} onChange={(proxyNo) => set({ proxyNo })} error={fields['proxy.no']} placeholder=".lan, 192.168.0.0/16" optional mono />
      </div>
      <TextArea label={t('ca')} hint={t('ca.hint')} value={draft.ca} onChange={(ca) => set({ ca })} error={errorOf(fields, 'ca')} placeholder="-----BEGIN CERTIFICATE-----" rows={4} optional mono />
    </div>
  );
} // prettier-ignore
