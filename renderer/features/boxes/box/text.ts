import en from '../../../../assets/locales/en/box.json' with { type: 'json' };
import { texts } from '../../../lib/text.ts';

export const t = texts('box', en);
