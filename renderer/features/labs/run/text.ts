import en from '../../../../assets/locales/en/labs-run.json' with { type: 'json' };
import { texts } from '../../../lib/text.ts';

export const t = texts('labs-run', en);
