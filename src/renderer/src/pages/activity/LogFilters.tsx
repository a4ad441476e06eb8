import { Button, Menu, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { levels, type Level } from '../../../../shared/logfilter.ts';
import { useConnection, useLiveStatus } from '../../api/node.tsx';
import { DownIcon, SearchIcon } from '../../components/icons.tsx';
import { plural, t } from '../../i18n/t.ts';
import { quietMenu } from '../../theme/mantine.ts';

export function SearchField({ search, setSearch }: { search: string; setSearch: (search: string) => void }) {
  return (
    <TextInput
      type="search"
      aria-label={t('log.search')}
      placeholder={t('log.search')}
      leftSection={<SearchIcon />}
      value={search}
      onChange={(event) => setSearch(event.currentTarget.value)}
    />
  );
}

export function LevelMenu({ level, setLevel }: { level: Level; setLevel: (level: Level) => void }) {
  return (
    <Menu {...quietMenu}>
      <Menu.Target>
        <Button
          variant="default"
          rightSection={<DownIcon />}
          aria-label={t('log.levelIs', { level: t(`level.${level}`) })}
        >
          {t('log.from', { level: t(`level.${level}`) })}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {levels.map((name) => (
          <Menu.Item key={name} onClick={() => setLevel(name)} aria-current={name === level || undefined}>
            {t('log.from', { level: t(`level.${name}`) })}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

interface TopicMenuProps {
  readonly topics: readonly string[];
  readonly setTopics: (topics: readonly string[]) => void;
}

/** None chosen means all. */
export function TopicMenu({ topics, setTopics }: TopicMenuProps) {
  const known = useTopics();
  const toggled = (name: string) =>
    topics.includes(name) ? topics.filter((one) => one !== name) : [...topics, name];
  return (
    <Menu {...quietMenu} closeOnItemClick={false}>
      <Menu.Target>
        <Button variant="default" rightSection={<DownIcon />}>
          {topics.length === 0 ? t('log.allTopics') : plural('log.topics', topics.length)}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={320} style={{ overflowY: 'auto' }}>
        <Menu.Item disabled={topics.length === 0} onClick={() => setTopics([])}>
          {t('log.allTopics')}
        </Menu.Item>
        {known.map((name) => (
          <Menu.CheckboxItem
            key={name}
            checked={topics.includes(name)}
            onChange={() => setTopics(toggled(name))}
          >
            {name}
          </Menu.CheckboxItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** A menu without topics is no reason to complain: the search finds them, too. */
function useTopics(): readonly string[] {
  const { client } = useConnection();
  const isLive = useLiveStatus().name === 'live';
  const [topics, setTopics] = useState<readonly string[]>([]);
  useEffect(() => {
    if (!isLive) return undefined;
    let isCurrent = true;
    client.logTopics({}).then(
      (names) => isCurrent && setTopics(names),
      () => undefined,
    );
    return () => void (isCurrent = false);
  }, [client, isLive]);
  return topics;
}
