import { t } from '../i18n/t.ts';
import { Figure, FigureRow } from './Figure.tsx';

interface Side {
  readonly label: string;
  /** Undefined while a field it needs is not filled in. */
  readonly value: string | undefined;
  readonly unit?: string;
  readonly exact?: string;
  readonly assumption: string;
}

/** What may come in and what may be lost, in the same size of type; only sign and colour differ. */
export function MoneyPair({ gain, loss }: { gain: Side; loss: Side }) {
  return (
    <FigureRow>
      <Figure {...figureOf(gain)} {...(gain.value === undefined && unknown())} />
      <Figure {...figureOf(loss)} {...(loss.value === undefined ? unknown() : { tone: 'danger' })} />
    </FigureRow>
  );
}

const unknown = () => ({ value: t('unknown'), tone: 'unknown' }) as const;

const figureOf = ({ assumption, ...side }: Side) => ({ ...side, note: assumption });
