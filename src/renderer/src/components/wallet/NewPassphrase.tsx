import { useState } from 'react';
import { t } from '../../i18n/t.ts';
import { strengthOf, type PassphraseStrength } from '../../lib/passphrase.ts';
import { StatusMark, type Shape } from '../StatusMark.tsx';
import { SecretField, typedIn } from './SecretField.tsx';
import css from './Wallet.module.css';

/** A passphrase that is to protect a wallet, typed twice, with what it is worth said while it is typed. */
export function NewPassphrase({ problem }: { problem: PassphraseProblem | undefined }) {
  const [strength, setStrength] = useState<PassphraseStrength>();
  return (
    <>
      <SecretField
        name="passphrase"
        label={t('wallet.newPassphrase')}
        help={t('wallet.passphraseRule')}
        autoComplete="new-password"
        onInput={(text) => setStrength(text === '' ? undefined : strengthOf(text))}
      />
      <output className={css['strength']}>
        {strength !== undefined && (
          <StatusMark shape={shapes[strength]}>{t(`wallet.strength.${strength}`)}</StatusMark>
        )}
      </output>
      <SecretField name="again" label={t('wallet.sameAgain')} autoComplete="new-password" />
      <div role="alert" className={css['strength']}>
        {problem !== undefined && <StatusMark shape="attention">{t(`wallet.problem.${problem}`)}</StatusMark>}
      </div>
    </>
  );
}

/** Why the two fields are no passphrase yet. */
export type PassphraseProblem = 'short' | 'plain' | 'differs';

export function newPassphraseIn(
  form: HTMLFormElement,
): { readonly passphrase: string } | { readonly problem: PassphraseProblem } {
  const passphrase = typedIn(form, 'passphrase');
  const strength = strengthOf(passphrase);
  if (strength === 'short' || strength === 'plain') return { problem: strength };
  return typedIn(form, 'again') === passphrase ? { passphrase } : { problem: 'differs' };
}

const shapes = {
  short: 'attention',
  plain: 'attention',
  weak: 'attention',
  good: 'passed',
} satisfies Record<PassphraseStrength, Shape>;
