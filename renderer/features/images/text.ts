import en from '../../../assets/locales/en/images.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('images', en);
