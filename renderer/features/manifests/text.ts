import en from '../../../assets/locales/en/manifests.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('manifests', en);
