import { Button } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useConnection } from '../../api/node.tsx';
import { t } from '../../i18n/t.ts';
import { Failure } from '../Failure.tsx';
import { NewPassphrase, newPassphraseIn, type PassphraseProblem } from './NewPassphrase.tsx';
import { SecretField, typedIn, wipe } from './SecretField.tsx';
import { useSending } from '../../lib/usesending.ts';
import css from './Wallet.module.css';

/** New words: told once, shown while they are written down, and gone from the window before they are asked for. */
type Stage =
  | { readonly name: 'passphrase' }
  | { readonly name: 'words'; readonly words: readonly string[]; readonly positions: readonly number[] }
  | { readonly name: 'check'; readonly positions: readonly number[] };

interface CreateWalletProps {
  readonly onDone: () => void;
}

/** Makes a wallet in three stages: a passphrase, words to write down, and a few of them repeated. */
export function CreateWallet({ onDone }: CreateWalletProps) {
  const [stage, setStage] = useState<Stage>({ name: 'passphrase' });
  const again = () => setStage({ name: 'passphrase' });
  switch (stage.name) {
    case 'passphrase':
      return <ChoosePassphrase onWords={(told) => setStage({ name: 'words', ...told })} />;
    case 'words':
      return (
        <Words
          words={stage.words}
          onWritten={() => setStage({ name: 'check', positions: stage.positions })}
          onAgain={again}
        />
      );
    case 'check':
      return <CheckWords positions={stage.positions} onDone={onDone} onAgain={again} />;
  }
}

interface ChoosePassphraseProps {
  readonly onWords: (told: { words: string[]; positions: number[] }) => void;
}

function ChoosePassphrase({ onWords }: ChoosePassphraseProps) {
  const { client } = useConnection();
  const { run, failure, isSending } = useSending();
  const [problem, setProblem] = useState<PassphraseProblem>();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const read = newPassphraseIn(form);
    setProblem('problem' in read ? read.problem : undefined);
    if ('problem' in read) return;
    void run(async () => {
      const told = await client.createWallet({ passphrase: read.passphrase });
      wipe(form);
      onWords(told);
    });
  };
  return (
    <form className={css['form']} onSubmit={submit} noValidate>
      <NewPassphrase problem={problem} />
      {failure && <Failure what={t('wallet.createFailed')} error={failure} />}
      <Button type="submit" loading={isSending}>
        {t('wallet.showWords')}
      </Button>
    </form>
  );
}

function Words({
  words,
  onWritten,
  onAgain,
}: {
  words: readonly string[];
  onWritten: () => void;
  onAgain: () => void;
}) {
  return (
    <div className={css['form']}>
      <h2>{t('wallet.words')}</h2>
      <p className="second">{t('wallet.wordsWhy')}</p>
      <ol className={css['words']}>
        {words.map((word, index) => (
          // A word may come twice; its place is what it is known by.
          <li key={index}>
            <span className="third">{index + 1}</span> <strong>{word}</strong>
          </li>
        ))}
      </ol>
      <p className="danger">{t('wallet.wordsRisk')}</p>
      <div className={css['buttons']}>
        <Button onClick={onWritten}>{t('wallet.written')}</Button>
        <Button variant="default" onClick={onAgain}>
          {t('wallet.otherWords')}
        </Button>
      </div>
    </div>
  );
}

interface CheckWordsProps extends CreateWalletProps {
  readonly positions: readonly number[];
  readonly onAgain: () => void;
}

/** The words are not in the window any more: they are read from what was written down. */
function CheckWords({ positions, onDone, onAgain }: CheckWordsProps) {
  const { client } = useConnection();
  const { run, failure, isSending } = useSending();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const words = positions.map((position) => typedIn(form, `word${position}`).trim().toLowerCase());
    const empty = positions.find((_, index) => words[index] === '');
    if (empty !== undefined) {
      form.querySelector<HTMLInputElement>(`input[name="word${empty}"]`)?.focus();
      return;
    }
    void run(async () => {
      await client.confirmMnemonic({ words });
      wipe(form);
      onDone();
    });
  };
  return (
    <form className={css['form']} onSubmit={submit} noValidate>
      <h2>{t('wallet.check')}</h2>
      <p className="second">{t('wallet.checkWhy')}</p>
      <div className={css['asked']}>
        {positions.map((position) => (
          <SecretField
            key={position}
            name={`word${position}`}
            kind="word"
            label={t('wallet.wordAt', { place: position + 1 })}
          />
        ))}
      </div>
      {failure && <Failure what={t('wallet.createFailed')} error={failure} />}
      <div className={css['buttons']}>
        <Button type="submit" loading={isSending}>
          {t('wallet.createNow')}
        </Button>
        <Button variant="default" onClick={onAgain}>
          {t('wallet.otherWords')}
        </Button>
      </div>
    </form>
  );
}
